"""Both places have the device's one address."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.xff.xff005_forwarded_matches_info import forwarded_matches_info
from tests.core.checks.calls import call, info, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(x_device_info=info(connectionIp="93.184.216.34")), [], id="equal"),
    pytest.param(
        call(x_device_info=info(connectionIp="93.184.216.35")),
        ["another address (IPv4) than connectionIp (IPv4)"],
        id="different",
    ),
    pytest.param(
        call(x_device_info=info(connectionIp="2606:2800:220:1::1")),
        ["another address (IPv4) than connectionIp (IPv6)"],
        id="of two families",
    ),
    pytest.param(call(), [], id="no connectionIp"),
    pytest.param(call(x_device_info=info(connectionIp="wifi")), [], id="one that is no address"),
    pytest.param(redacted(call(x_device_info=info(connectionIp="93.184.216.34"))), [], id="equal, redacted"),
    pytest.param(
        redacted(call(x_device_info=info(connectionIp="8.8.8.8"))),
        ["another address (IPv4) than connectionIp (IPv4)"],
        id="different, redacted",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_xff005_forwarded_matches_info(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(forwarded_matches_info, exchanges) == says

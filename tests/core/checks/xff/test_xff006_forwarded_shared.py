"""Five devices an hour may share an address."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.xff.xff006_forwarded_shared import forwarded_shared
from tests.core.checks.calls import AT, call, fingerprint, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param([call(at=AT + n, ap_device_identifier=fingerprint(f"device {n}")) for n in range(5)], [], id="five"),
    pytest.param(
        [call(at=AT + n, ap_device_identifier=fingerprint(f"device {n}")) for n in range(6)],
        ["one address for 6 devices and more within an hour"],
        id="six",
    ),
    pytest.param(
        [call(at=AT + n, ap_device_identifier=fingerprint(f"device {n}")) for n in range(7)],
        [],
        id="the seventh is not said again",
    ),
    pytest.param(
        [call(at=AT + 360 * n, ap_device_identifier=fingerprint(f"device {n}")) for n in range(16)],
        ["one address for 6 devices and more within an hour"],
        id="said again an hour later",
    ),
    pytest.param(
        [call(at=AT + 721 * n, ap_device_identifier=fingerprint(f"device {n}")) for n in range(6)],
        [],
        id="six in more than an hour",
    ),
    pytest.param(
        [
            call(at=AT + n, ap_device_identifier=fingerprint(f"device {n}"), x_forwarded_for=f"93.184.216.{n}")
            for n in range(6)
        ],
        [],
        id="six with addresses of their own",
    ),
    pytest.param(
        [
            call(at=AT + n, ap_device_identifier=fingerprint(f"device {n}"), inbound=True, client=f"93.184.216.{n}")
            for n in range(6)
        ],
        [],
        id="live, by the client's address",
    ),
    pytest.param(call(at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_xff006_forwarded_shared(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(forwarded_shared, exchanges) == says

"""The address is bare."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.xff.xff004_forwarded_bare import forwarded_bare
from tests.core.checks.calls import call, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="bare"),
    pytest.param(call(x_forwarded_for="2606:2800:220:1::1"), [], id="bare IPv6"),
    pytest.param(
        call(x_forwarded_for="93.184.216.34:40000"), ["an address with a port, brackets, quotes or a zone"], id="a port"
    ),
    pytest.param(
        call(x_forwarded_for="[2606:2800:220:1::1]"),
        ["an address with a port, brackets, quotes or a zone"],
        id="brackets",
    ),
    pytest.param(
        call(x_forwarded_for='"93.184.216.34"'), ["an address with a port, brackets, quotes or a zone"], id="quotes"
    ),
    pytest.param(
        call(x_forwarded_for="fe80::1%eth0"), ["an address with a port, brackets, quotes or a zone"], id="a zone"
    ),
    pytest.param(
        redacted(call(x_forwarded_for="93.184.216.34:40000")),
        ["an address with a port, brackets, quotes or a zone"],
        id="a port, redacted",
    ),
    pytest.param(call(x_forwarded_for="unknown"), [], id="no address, of which XFF007 speaks"),
]


@for_each(("exchanges", "says"), CASES)
def test_xff004_forwarded_bare(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(forwarded_bare, exchanges) == says

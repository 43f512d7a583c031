"""The address is one of the internet."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.xff.xff002_forwarded_public import forwarded_public
from tests.core.checks.calls import call, redacted, said, severities
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="public"),
    pytest.param(call(x_forwarded_for="192.168.1.20"), ["a private address"], id="private"),
    pytest.param(call(x_forwarded_for="172.31.255.255"), ["a private address"], id="the last private one"),
    pytest.param(call(x_forwarded_for="172.32.0.0"), [], id="the one after"),
    pytest.param(call(x_forwarded_for="127.0.0.1"), ["a loopback address"], id="loopback"),
    pytest.param(call(x_forwarded_for="169.254.1.1"), ["a link-local address"], id="link-local"),
    pytest.param(call(x_forwarded_for="100.64.0.1"), ["an address shared behind a carrier's NAT"], id="carrier's NAT"),
    pytest.param(call(x_forwarded_for="100.128.0.0"), [], id="after the carrier's NAT"),
    pytest.param(call(x_forwarded_for="fd00::1"), ["a unique local address"], id="unique local"),
    pytest.param(call(x_forwarded_for="0.0.0.0"), ["the unspecified address"], id="unspecified"),
    pytest.param(call(x_forwarded_for="2606:2800:220:1::1"), [], id="public IPv6"),
    pytest.param(
        call(x_forwarded_for="203.0.113.7", inbound=True),
        ["an address for documentation and tests"],
        id="documentation, live",
    ),
    pytest.param(call(x_forwarded_for="203.0.113.7"), ["not judged: redacted"], id="documentation, in a recording"),
    pytest.param(redacted(call(x_forwarded_for="192.168.1.20")), ["not judged: redacted"], id="private, redacted"),
]


@for_each(("exchanges", "says"), CASES)
def test_xff002_forwarded_public(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(forwarded_public, exchanges) == says


@pytest.mark.parametrize(
    ("exchanges", "severity"),
    [
        (call(x_forwarded_for="192.168.1.20", inbound=True, client="192.168.1.20"), "error"),
        (call(x_forwarded_for="192.168.1.20", inbound=True, client="93.184.216.34"), "info"),
        (call(x_forwarded_for="192.168.1.20", client="93.184.216.34"), "error"),
    ],
    ids=["it is sent", "the gateway sends a public one instead", "it went out"],
)
def test_it_is_a_note_where_a_public_address_is_sent_in_its_place(exchanges: Judged, severity: str) -> None:
    assert severities(forwarded_public, exchanges) == [severity]

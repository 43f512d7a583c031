"""X-Forwarded-For is read as servers write it, and each entry's sort of address is named."""

from __future__ import annotations

from ipaddress import ip_address

from gateway.core.adobe.forwarded import kind_of, read_forwarded
from tests.harness.for_each import for_each


@for_each(
    ("value", "entries"),
    [
        ("", []),
        (" , ,", []),
        ("8.8.8.8", [("8.8.8.8", True)]),
        ("8.8.8.8, 10.0.0.1:80", [("8.8.8.8", True), ("10.0.0.1", False)]),
        ("[2606:2800::1]:443", [("2606:2800::1", False)]),
        ("::ffff:8.8.8.8", [("8.8.8.8", True)]),
        ('"8.8.8.8"', [("8.8.8.8", False)]),
        ("unknown", [("None", False)]),
        ("8.8.8.8.8", [("None", False)]),
        ("9" * 200, [("None", False)]),
    ],
)
def test_each_entry_is_read(value: str, entries: list[tuple[str, bool]]) -> None:
    assert [(str(hop.address), hop.bare) for hop in read_forwarded(value)] == entries


@for_each(
    ("address", "kind"),
    [
        ("8.8.8.8", ""),
        ("10.1.2.3", "a private address"),
        ("172.16.0.1", "a private address"),
        ("172.32.0.1", ""),
        ("100.63.255.255", ""),
        ("100.64.0.0", "an address shared behind a carrier's NAT"),
        ("127.1.1.1", "a loopback address"),
        ("::1", "a loopback address"),
        ("169.254.0.1", "a link-local address"),
        ("fe80::1", "a link-local address"),
        ("fc00::1", "a unique local address"),
        ("fdff::1", "a unique local address"),
        ("0.0.0.0", "the unspecified address"),
        ("224.0.0.1", "a multicast address"),
        ("192.0.2.1", "an address for documentation and tests"),
        ("198.18.0.1", "an address for documentation and tests"),
        ("2001:db8::1", "an address for documentation and tests"),
        ("240.0.0.1", "a private address"),
        ("2606:2800::1", ""),
    ],
)
def test_an_address_that_is_not_public_says_why(address: str, kind: str) -> None:
    assert kind_of(ip_address(address)) == kind


def test_an_address_is_not_shown() -> None:
    assert "8.8" not in repr(read_forwarded("8.8.8.8"))

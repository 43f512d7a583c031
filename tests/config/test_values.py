"""Single values of the configuration: what each grammar takes, and what it says of the rest."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from gateway.config import Origin
from gateway.config.values import Address
from tests.config.reading import read, said
from tests.harness.for_each import for_each

WHOLE = "an http(s) origin (scheme, host and port, without a path or query)"


VALID = "an http(s) origin with a valid host and port"


@for_each(
    ("origin", "scheme", "host", "port", "authority"),
    [
        ("https://api.auth.adobe.com", "https", "api.auth.adobe.com", 443, "api.auth.adobe.com"),
        ("HTTPS://API.auth.adobe.com:443", "https", "api.auth.adobe.com", 443, "api.auth.adobe.com"),
        ("http://localhost:8080", "http", "localhost", 8080, "localhost:8080"),
        ("http://[::1]:81", "http", "::1", 81, "[::1]:81"),
        ("http://[0:0::1]", "http", "::1", 80, "[::1]"),
        ("https://10.0.0.1:80", "https", "10.0.0.1", 80, "10.0.0.1:80"),
        ("emulator:", "emulator", "", 0, ""),
        ("emulator://127.0.0.1", "emulator", "127.0.0.1", 8081, "127.0.0.1:8081"),
        ("emulator://Lab:8081", "emulator", "lab", 8081, "lab:8081"),
        ("EMULATOR://[::1]:80", "emulator", "::1", 80, "[::1]:80"),
    ],
)
def test_an_origin_is_scheme_host_and_port(origin: str, scheme: str, host: str, port: int, authority: str) -> None:
    parsed = Origin.parse(origin)
    assert (parsed.scheme, parsed.host, parsed.port, parsed.authority) == (scheme, host, port, authority)
    assert parsed.is_emulator is origin.lower().startswith("emulator:")
    assert parsed.is_built_in is (origin == "emulator:")
    assert Origin.parse(str(parsed)) == parsed


@for_each(
    ("origin", "expected"),
    [
        ("api.auth-staging.adobe.com", "an http(s) origin"),
        ("ftp://a", "an http(s) origin"),
        ("", "an http(s) origin"),
        ("emulator", "an http(s) origin"),
        ("https://a/", WHOLE),
        ("https://a/api", WHOLE),
        ("https://a?b", WHOLE),
        ("https://a#b", WHOLE),
        ("https://a:", WHOLE),
        ("https://a:b", WHOLE),
        ("https://", VALID),
        ("https://a b", VALID),
        ("https://a\n", VALID),
        ("https://ä", VALID),
        ("https://-a", VALID),
        ("https://a..b", VALID),
        ("https://a.", VALID),
        ("https://1.2.3", VALID),
        ("https://[::g]", VALID),
        ("https://[fe80::1%a b]", VALID),
        ("https://[fe80::1%eth0]", VALID),
        ("https://a:0", VALID),
        ("https://a:65536", VALID),
        ("emulator:/", "an http(s) origin"),
        ("emulator://", VALID),
        ("emulator://a/b", WHOLE),
        ("emulator://a:0", VALID),
    ],
)
def test_what_is_no_origin_is_refused(origin: str, expected: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        Origin.parse(origin)
    assert str(caught.value).startswith(f"expected {expected}, found ")


def test_a_password_in_an_origin_is_not_repeated() -> None:
    text = "upstreams: {staging: {origin: 'https://me:hunter2@example.com'}}"
    assert said(text) == [
        "config.yaml upstreams.staging.origin: expected an http(s) origin without user information, found some"
    ]


@for_each(
    ("text", "host", "port"),
    [
        ("10.0.0.1", "10.0.0.1", None),
        ("10.0.0.1:8443", "10.0.0.1", 8443),
        ("lab-host", "lab-host", None),
        ("lab_host.example:1", "lab_host.example", 1),
        ("[::1]:8443", "::1", 8443),
        ("[::1]", "::1", None),
        ("::1", "::1", None),
        ("fe80::1%eth0", "fe80::1%eth0", None),
    ],
)
def test_connect_to_is_a_host_and_perhaps_a_port(text: str, host: str, port: int | None) -> None:
    assert Address.parse(text) == Address(host, port)
    assert Address.parse(str(Address(host, port))) == Address(host, port)


@for_each("text", ["", ":80", "a:", "a:0", "a:65536", "a:1:2", "http://a", "a/b", "[a]", "fe80::1%a\r\nb", 80])
def test_what_is_no_address_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"^expected host or host:port, found "):
        Address.parse(text)


@for_each(
    ("written", "count"),
    [
        ("65536", 65536),
        ("1B", 1),
        ("64KiB", 1 << 16),
        ("64 KiB", 1 << 16),
        ("'2048'", 2048),
        ("1MiB", 1 << 20),
        ("1GiB", 1 << 30),
        ("0x10", 16),
    ],
)
def test_a_size_is_bytes_or_has_a_unit(written: str, count: int) -> None:
    assert read(f"limits: {{max_body: {written}}}").limits.max_body == count


@for_each(
    ("written", "seconds"),
    [("90d", 7776000), ("12 h", 43200), ("2w", 1209600), ("30m", 1800), ("45s", 45), ("3600", 3600), ("null", None)],
)
def test_a_duration_is_seconds_or_has_a_unit(written: str, seconds: int | None) -> None:
    assert read(f"cassettes: {{max_age: {written}}}").cassettes.max_age == seconds


@for_each("written", ["90 days", "90D", "1.5d", "-1d", "d", "''", "true", "1.0", "[1]", "٣d"])
def test_what_is_no_duration_is_refused(written: str) -> None:
    (line,) = said(f"cassettes: {{max_age: {written}}}")
    assert line.startswith(
        "config.yaml cassettes.max_age: expected a duration in seconds, or with one of s, m, h, d, w such as 90d, found "
    )


@for_each("written", ["1MB", "1kib", "1.5MiB", "-1KiB", "MiB", "''", "true", "null", "1.0", "[1]", "1 MiB x", "٣"])
def test_what_is_no_size_is_refused(written: str) -> None:
    (line,) = said(f"limits: {{max_body: {written}}}")
    assert line.startswith(
        "config.yaml limits.max_body: expected a size in bytes, or in KiB, MiB or GiB such as 64KiB, found "
    )


@pytest.mark.parametrize(
    ("written", "trusted"),
    [
        ("[]", []),
        ("[10.0.0.0/8, '2001:db8::/32']", ["10.0.0.0/8", "2001:db8::/32"]),
        ("[192.168.1.7]", ["192.168.1.7/32"]),
        ("10.0.0.0/8", ["10.0.0.0/8"]),
    ],
)
def test_trusted_proxies_are_networks(written: str, trusted: list[str]) -> None:
    config = read(f"forwarded_for: {{trusted_proxies: {written}}}")
    assert config.forwarded_for.trusted_networks == tuple(map(ip_network, trusted))


@for_each(
    ("address", "is_private"),
    [
        ("127.8.9.1", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("192.168.0.1", True),
        ("169.254.1.1", True),
        ("fe80::1", True),
        ("fd00::1", True),
        ("172.32.0.1", False),
        ("100.64.0.1", False),
        ("8.8.8.8", False),
        ("2606:4700::1", False),
    ],
)
@for_each("written", ["private", "[private]", "[203.0.113.0/24, private]"])
def test_private_is_loopback_rfc_1918_link_local_and_unique_local(written: str, address: str, is_private: bool) -> None:
    trusted = read(f"forwarded_for: {{trusted_proxies: {written}}}").forwarded_for.trusted_networks
    assert any(ip_address(address) in network for network in trusted) is is_private


@pytest.mark.parametrize(
    ("written", "public"),
    [("8.8.8.8", "8.8.8.8"), ("'2606:4700::1111'", "2606:4700::1111"), ("'::ffff:8.8.8.8'", "8.8.8.8")],
)
def test_a_fallback_is_a_public_address(written: str, public: str) -> None:
    assert read(f"forwarded_for: {{fallback: {written}}}").forwarded_for.fallback == ip_address(public)


@for_each(
    "written",
    [
        *("10.0.0.1", "127.0.0.1", "192.0.2.1", "100.64.0.1", "224.0.0.1", "0.0.0.0"),
        *("'::1'", "'fd00::1'", "'2606::1%eth0'"),
        *("8.8.8.0/24", "dns.google", "8.8.8.8:53", "134744072", "[8.8.8.8]"),
    ],
)
def test_a_fallback_that_is_not_public_is_refused(written: str) -> None:
    (line,) = said(f"forwarded_for: {{fallback: {written}}}")
    assert line.startswith("config.yaml forwarded_for.fallback: expected a public IP address, found ")

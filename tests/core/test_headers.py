"""Header algebra: what ends at this hop, and whose address is told."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Literal, TypeAlias

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.headers import HOP_BY_HOP, NEVER_NOMINATED, ForwardedFor, bare_host, end_to_end, parse_address, stays
from gateway.core.model import Headers, Request
from tests.harness.for_each import for_each

Mode: TypeAlias = Literal["replace", "append", "off"]

PUBLIC, OTHER, PRIVATE, LOOPBACK = "203.0.114.7", "198.51.101.8", "192.168.1.20", "127.0.0.1"
SIX, SIX_LONG = "2606:4700::1", "2606:4700:0:0:0:0:0:1"
PRIVATE_NETWORKS = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7"))
)


def asking(*lines: str, more: tuple[tuple[str, str], ...] = ()) -> Request:
    return Request("GET", "/", Headers.of([("Host", "a"), *[("X-Forwarded-For", line) for line in lines], *more]))


def told(policy: ForwardedFor, peer: str, *lines: str) -> list[str]:
    return policy.look(asking(*lines).headers, peer).headers.getall("X-Forwarded-For")


@for_each(
    ("peer", "lines", "address"),
    [
        # no chain: the peer itself
        (PUBLIC, (), PUBLIC),
        (LOOPBACK, (), LOOPBACK),
        (SIX, (), SIX),
        (SIX_LONG, (), SIX),
        (f"::ffff:{PUBLIC}", (), PUBLIC),
        ("fe80::1%eth0", (), "fe80::1"),
        # a peer that nobody trusts is not believed
        (PUBLIC, (OTHER,), PUBLIC),
        (PUBLIC, (f"{OTHER}, {LOOPBACK}",), PUBLIC),
        # a trusted one is, from the right to the first that is not trusted
        (LOOPBACK, (OTHER,), OTHER),
        (f"::ffff:{LOOPBACK}", (OTHER,), OTHER),
        (PRIVATE, (f"{PUBLIC}, {OTHER}",), OTHER),
        (PRIVATE, (f"{PUBLIC}, {OTHER}, 10.1.2.3",), OTHER),
        (PRIVATE, (PUBLIC, f"{OTHER}, 10.1.2.3"), OTHER),
        (PRIVATE, (PUBLIC, OTHER, "10.1.2.3", "172.16.0.1"), OTHER),
        (PRIVATE, (f"\t{PUBLIC} ,  {OTHER}\t,, 10.1.2.3 ,",), OTHER),
        # everyone trusted: the farthest
        (PRIVATE, ("10.0.0.9, 10.0.0.8",), "10.0.0.9"),
        (PRIVATE, ("",), PRIVATE),
        (PRIVATE, (" , ,",), PRIVATE),
        # ports, brackets, quotes, zones, versions
        (PRIVATE, (f"{OTHER}:4711",), OTHER),
        (PRIVATE, (f'"{OTHER}:4711"',), OTHER),
        (PRIVATE, (SIX,), SIX),
        (PRIVATE, (SIX.upper(),), SIX),
        (PRIVATE, (SIX_LONG,), SIX),
        (PRIVATE, (f"[{SIX}]",), SIX),
        (PRIVATE, (f"[{SIX}]:443",), SIX),
        (PRIVATE, (f'"[{SIX}]:443"',), SIX),
        (PRIVATE, (f"[{SIX}%eth0]:443",), SIX),
        (PRIVATE, (f"{SIX}%25eth0",), SIX),
        (PRIVATE, (f"::ffff:{OTHER}",), OTHER),
        (PRIVATE, (f"[::ffff:{OTHER}]:80",), OTHER),
        (PRIVATE, (f"{OTHER}, ::1, [fd00::1]:80",), OTHER),
        # what cannot be read ends the chain: what is behind it is hearsay
        (PRIVATE, ("unknown",), PRIVATE),
        (PRIVATE, (f"{OTHER}, unknown",), PRIVATE),
        (PRIVATE, (f"{OTHER}, unknown, 10.0.0.8",), "10.0.0.8"),
        (PRIVATE, (f"unknown, {OTHER}",), OTHER),
        (PRIVATE, (f"{OTHER}, _hidden",), PRIVATE),
        (PRIVATE, (f"{OTHER}, 1.2.3",), PRIVATE),
        (PRIVATE, (f"{OTHER}, 1.2.3.4.5",), PRIVATE),
        (PRIVATE, (f"{OTHER}, 1.2.3.256",), PRIVATE),
        (PRIVATE, (f"{OTHER}, 01.2.3.4",), PRIVATE),
        (PRIVATE, (f"{OTHER}, 1.2.3.4:5:6",), PRIVATE),
        (PRIVATE, (f"{OTHER}, localhost",), PRIVATE),
        (PRIVATE, (f"{OTHER}, \xb2.1.1.1",), PRIVATE),
    ],
)
def test_replace_tells_exactly_one_bare_address(peer: str, lines: tuple[str, ...], address: str) -> None:
    """It is the rightmost one that no trusted proxy has, and stands on one line."""
    policy = ForwardedFor(trusted=PRIVATE_NETWORKS)
    request = policy.look(asking(*lines).headers, peer)

    assert request.headers.raw == ((b"Host", b"a"), (b"X-Forwarded-For", address.encode()))
    assert request.client == address


@pytest.mark.parametrize(
    ("peer", "lines", "value"),
    [
        (PUBLIC, (), PUBLIC),
        (PUBLIC, (OTHER,), f"{OTHER}, {PUBLIC}"),
        (PRIVATE, (OTHER, "unknown ,[::1]:80"), f"{OTHER}, unknown, [::1]:80, {PRIVATE}"),
        (f"::ffff:{PUBLIC}", (OTHER,), f"{OTHER}, {PUBLIC}"),
        (PUBLIC, ("caf\xe9",), f"caf\xe9, {PUBLIC}"),
    ],
)
def test_append_tells_the_chain_and_the_peer(peer: str, lines: tuple[str, ...], value: str) -> None:
    """On one line, each entry as it was sent."""
    assert told(ForwardedFor(mode="append", trusted=PRIVATE_NETWORKS), peer, *lines) == [value]


@pytest.mark.parametrize(("lines", "client"), [((), PRIVATE), ((OTHER, "10.0.0.8"), OTHER)])
def test_off_changes_nothing_but_knows_the_client(lines: tuple[str, ...], client: str) -> None:
    """The header goes through as it came."""
    request = ForwardedFor(mode="off", trusted=PRIVATE_NETWORKS).look(asking(*lines).headers, PRIVATE)

    assert (request.headers, request.client, request.claim) == (asking(*lines).headers, client, None)


@for_each(
    ("peer", "lines", "address"),
    [
        (LOOPBACK, (), OTHER),
        (PRIVATE, (), OTHER),
        ("100.64.0.1", (), OTHER),
        ("::1", (), OTHER),
        ("fe80::1%eth0", (), OTHER),
        (f"::ffff:{PRIVATE}", (), OTHER),
        ("", (), OTHER),
        (PUBLIC, (), PUBLIC),
        (SIX, (), SIX),
        (PRIVATE, (PUBLIC,), PUBLIC),
        (PRIVATE, ("unknown",), OTHER),
    ],
)
def test_fallback_stands_for_what_is_not_public(peer: str, lines: tuple[str, ...], address: str) -> None:
    """A private or loopback address means nothing to Adobe; a public one is never replaced."""
    assert told(ForwardedFor(trusted=PRIVATE_NETWORKS, fallback=OTHER), peer, *lines) == [address]


FORWARDED = (
    ("Forwarded", "for=1.2.3.4"),
    ("X-Forwarded-Host", "evil"),
    ("x-forwarded-proto", "https"),
    ("X-Forwarded-Port", "1"),
)


@pytest.mark.parametrize(
    ("mode", "peer", "kept"),
    [
        ("replace", PUBLIC, 0),
        ("append", PUBLIC, 0),
        ("off", PUBLIC, 4),
        ("replace", PRIVATE, 4),
        ("append", PRIVATE, 4),
    ],
)
def test_claims_of_a_stranger_are_dropped(mode: Mode, peer: str, kept: int) -> None:
    """X-Forwarded-* and Forwarded are a trusted proxy's to say (RFC 7239 section 8.1)."""
    request = ForwardedFor(mode=mode, trusted=PRIVATE_NETWORKS).look(asking(more=FORWARDED).headers, peer)

    assert len([name for name in request.headers if "orwarded" in name and name != "X-Forwarded-For"]) == kept


@for_each(
    ("policy", "peer", "lines", "claim"),
    [
        (ForwardedFor(), PRIVATE, (PUBLIC,), PUBLIC),
        (ForwardedFor(), LOOPBACK, ("10.0.0.1", f"{OTHER}:80, unknown"), f"{OTHER}:80"),
        (ForwardedFor(fallback=OTHER), PRIVATE, (PUBLIC,), PUBLIC),
        (ForwardedFor(), PRIVATE, ("10.0.0.1",), None),
        (ForwardedFor(), PRIVATE, (), None),
        (ForwardedFor(), PUBLIC, (OTHER,), None),
        (ForwardedFor(trusted=PRIVATE_NETWORKS), PRIVATE, (PUBLIC,), None),
        (ForwardedFor(mode="append"), PRIVATE, (PUBLIC,), None),
    ],
)
def test_a_public_claim_that_gives_way_is_told(
    policy: ForwardedFor, peer: str, lines: tuple[str, ...], claim: str | None
) -> None:
    """A private peer that claims a public address is probably a proxy that trusted_proxies should name."""
    assert policy.look(asking(*lines).headers, peer).claim == claim


def fields(*lines: str) -> Headers:
    return Headers.of([(name, value) for name, _, value in (line.partition(": ") for line in lines)])


@for_each(
    ("received", "kept"),
    [
        (["Connection: close", "X-A: 1"], ["X-A: 1"]),
        (["Connection: X-A", "X-A: 1", "x-a: 2", "X-B: 3"], ["X-B: 3"]),
        (["X-A: 1", "Connection: x-b , X-A", "X-B: 3"], []),
        (["X-A: 1", "Connection: X-A", "connection: X-B", "X-B: 3", "X-C: 4"], ["X-C: 4"]),
        (["Connection: ,, ,", "X-A: 1"], ["X-A: 1"]),
        (["Connection: Host, Content-Length, X-Forwarded-For", "Host: a", "Content-Length: 1", "X-Forwarded-For: b"],
         ["Host: a", "Content-Length: 1", "X-Forwarded-For: b"]),
        (["Connection: CONTENT-length", "content-LENGTH: 1"], ["content-LENGTH: 1"]),
        (["Keep-Alive: 5", "TE: trailers", "Trailer: X", "Transfer-Encoding: chunked", "Upgrade: h2c", "HTTP2-Settings: A"], []),
        (["Proxy-Connection: a", "Proxy-Authorization: b", "Proxy-Authenticate: c", "Proxy-Authentication-Info: d"], []),
        (["Set-Cookie: a", "set-cookie: b", "Set-Cookie: a"], ["Set-Cookie: a", "set-cookie: b", "Set-Cookie: a"]),
    ],
)  # fmt: skip
def test_hop_by_hop_fields_end_here(received: list[str], kept: list[str]) -> None:
    """Those of old, and those that Connection names; never the three that the next hop's safety rests on."""
    assert end_to_end(fields(*received)) == fields(*kept)


@for_each(
    ("authority", "host"),
    [
        ("API.example", "api.example"),
        ("api.example:80", "api.example"),
        ("[::1]", "[::1]"),
        ("[FE80::1]:80", "[fe80::1]"),
        ("", ""),
        (":80", ""),
    ],
)
def test_bare_host(authority: str, host: str) -> None:
    """Port and case aside."""
    assert bare_host(authority) == host


TOKENS = st.text(alphabet="XForwardedConnectionHostabc-", min_size=1, max_size=16)
VALUES = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)
ENTRIES = st.one_of(
    VALUES,
    st.ip_addresses().map(str),
    st.ip_addresses().map(lambda address: f"[{address}]:80"),
    st.sampled_from(["unknown", "", "[", "]", "[]", ":", "%", '"', "::ffff:1.2.3.4", "fe80::1%eth0"]),
)
LINES = st.lists(ENTRIES, max_size=4).map(", ".join)
FIELDS = st.lists(
    st.one_of(
        st.tuples(TOKENS, VALUES),
        st.tuples(st.sampled_from(["X-Forwarded-For", "x-forwarded-for", "Connection", "Forwarded"]), LINES),
    ),
    max_size=8,
).map(Headers.of)
POLICIES = st.builds(
    ForwardedFor,
    mode=st.sampled_from(["replace", "append", "off"]),
    trusted=st.sampled_from([(), PRIVATE_NETWORKS]),
    fallback=st.sampled_from([None, OTHER]),
)


@given(FIELDS, POLICIES, st.ip_addresses().map(str))
@example(Headers.of({"X-Forwarded-For": "[", "Connection": "X-Forwarded-For"}), ForwardedFor(), "fe80::1%eth0")
def test_whatever_is_claimed_one_address_is_told(headers: Headers, policy: ForwardedFor, peer: str) -> None:
    """No header makes it raise; `replace` writes one line with one bare address, last."""
    request = policy.look(end_to_end(headers), peer)

    lines = request.headers.getall("X-Forwarded-For")
    assert request.client
    assert request.claim is None or ip_address(str(parse_address(request.claim))).is_global
    if policy.mode != "off":
        assert len(lines) == 1
        assert request.headers.raw[-1][0] == b"X-Forwarded-For"
    if policy.mode == "replace":
        assert str(ip_address(lines[0])) == lines[0] == request.client
        if not policy.trusted:
            assert lines[0] in {str(parse_address(peer)), policy.fallback}


@given(FIELDS)
def test_what_is_left_is_what_came(headers: Headers) -> None:
    """Fields keep their order, case and repeats; nothing hop-by-hop is left; doing it again changes nothing."""
    left = end_to_end(headers)
    remaining = iter(headers.raw)

    assert all(field in remaining for field in left.raw)
    assert not {name.lower() for name, _ in left.raw} & HOP_BY_HOP
    assert end_to_end(left) == left
    assert [f for f in left.raw if f[0].lower() in NEVER_NOMINATED] == [
        f for f in headers.raw if f[0].lower() in NEVER_NOMINATED
    ]


@given(FIELDS, POLICIES, st.sampled_from([PUBLIC, PRIVATE, SIX]), st.booleans())
def test_where_no_value_matters_the_names_say_what_is_sent_on(
    headers: Headers, policy: ForwardedFor, peer: str, expects: bool
) -> None:
    """What is sent on is then what stays, and what is said of a peer whose fields claim no address."""
    if expects:
        headers = Headers((*headers.raw, (b"expect", b"100-continue")))
    stay = stays(headers)
    names = {name.lower() for name, _ in headers.raw}
    assert (stay is None) == any(
        name.startswith((b"forwarded", b"x-forwarded-")) or name == b"connection" for name in names
    )
    if stay is not None:
        said = policy.look(end_to_end(headers), peer)
        alone = policy.look(Headers(), peer)
        assert (said.client, said.claim) == (alone.client, None)
        assert said.headers.without("Expect").raw == stay + alone.headers.raw
        assert policy.address(headers, peer) == policy.address(Headers(), peer)


@given(st.text(max_size=40))
def test_an_address_is_read_or_it_is_none(text: str) -> None:
    """Nothing makes it raise, and what it reads has neither port nor zone."""
    address = parse_address(text)
    assert address is None or "%" not in str(address)

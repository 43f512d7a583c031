"""A cut exchange has no long part any more, says that it was cut, and shows no part of a value that was left out."""

from __future__ import annotations

import gzip

from msgspec.structs import replace

from gateway.core.bounded import size_of
from gateway.core.device import Device
from gateway.core.memo import Memo
from gateway.core.model import Exchange, Headers, Leg, Request, Response
from gateway.exchanges.not_kept import FIELDS, LONG, PASSED, cut
from tests.harness.for_each import for_each
from tests.worst import HEAD

X = "x" * HEAD
CUT_AT_MOST = 16 << 10
"""Bytes of a cut exchange with one leg."""


def exchange(request: Request, reply: Response | None = None) -> Exchange:
    reply = reply or Response(200, "OK", Headers.of({"Content-Type": "application/json"}), b"{}", "upstream")
    request = replace(request, memo=Memo(request.method, request.target, request.headers))
    return Exchange("a-1", request, (Leg(request, reply, 1.5),), reply, 2.5)


@for_each(
    ("target", "left"),
    [
        ("/api/v2/REF30/profiles?a=b", "/api/v2/REF30/profiles?a=b"),
        ("/" + "x" * (LONG - 1), "/" + "x" * (LONG - 1)),
        ("/" + X, "/..."),
        (f"/api/v2/REF30/logout/{X}", "/api/v2/REF30/logout/..."),
        (f"/api/v2/REF30/logout/Dish?redirectUrl={X}", "/api/v2/REF30/logout/Dish?..."),
        (f"/logout/Dish?a=b&redirectUrl=https://e.com/{X}", "/logout/Dish?a=b&..."),
        ("/" + "a/" * HEAD, "/" + "a/" * 511 + "..."),
        (f"http://e.com/a?{X}", "http://e.com/a?..."),
        (X, "..."),
    ],
)
def test_a_long_target_keeps_the_segments_and_parameters_that_are_whole(target: str, left: str) -> None:
    assert cut(exchange(Request("GET", target))).received.target == left


@for_each(
    ("fields", "left"),
    [
        ([("Host", "e.com"), ("Accept", "*/*")], ["Host", "Accept"]),
        ([("Host", "e.com"), ("Authorization", f"Bearer {X}"), ("Accept", "*/*")], ["Host", "Accept"]),
        ([("A", "a" * (FIELDS - 2)), ("B", ""), ("C", "")], ["A", "B"]),
        ([(f"X-{number}", "a" * 500) for number in range(100)], [f"X-{number}" for number in range(4)]),
    ],
)
def test_a_long_head_keeps_the_fields_that_fit(fields: list[tuple[str, str]], left: list[str]) -> None:
    headers = Headers.of(fields)
    short = cut(exchange(Request("GET", "/", headers), Response(200, "", headers)))
    assert [*short.received.headers] == [*short.reply.headers] == left
    assert [*short.legs[0].request.headers] == [*short.legs[0].response.headers] == left


@for_each(("body", "left"), [(b"", b""), (b"x" * LONG, b"x" * LONG), (b"x" * (LONG + 1), PASSED), (PASSED, PASSED)])
def test_a_long_body_is_left_out(body: bytes, left: bytes) -> None:
    short = cut(exchange(Request("POST", "/", body=body), Response(200, body=body)))
    for part in (short.received, short.reply, short.legs[0].request, short.legs[0].response):
        assert (part.body, type(part.body)) == (left, type(left))


def test_a_body_is_left_out_with_a_field_that_says_how_to_read_it() -> None:
    """Without Content-Encoding, a packed token would be no token for the redaction."""
    headers = Headers.of([*[(f"X-{number}", "a" * 500) for number in range(5)], ("Content-Encoding", "gzip")])
    packed = gzip.compress(b'{"access_token": "abcdefgh12345678"}')
    short = cut(exchange(Request("POST", "/", headers, packed), Response(200, "", headers, packed)))
    for part in (short.received, short.reply, short.legs[0].request, short.legs[0].response):
        assert part.body is PASSED


def test_an_exchange_without_long_parts_is_not_cut() -> None:
    """It may be large because of its findings."""
    one = exchange(Request("GET", "/", Headers.of({"Host": "e.com"}), b"body", device=Device("tv", "key", "id")))
    assert cut(one) is one
    long = replace(one, reply=replace(one.reply, body=X.encode()))
    short = cut(long)
    assert (short.is_cut, long.is_cut) == (True, False)
    assert short == replace(long, reply=replace(long.reply, body=PASSED), is_cut=True)


def test_a_cut_exchange_is_small_wherever_it_was_long() -> None:
    headers = Headers.of({f"X-{number}": "a" * 500 for number in range(100)})
    device = Device("tv", "key", X)
    request = Request(
        "GET", f"/{X}", headers, X.encode(), device=device, raw_target=f"/{X}", rewritten_from=f"GET /{X}"
    )
    one = exchange(request, Response(200, "OK", headers, X.encode()))
    assert size_of(cut(one)) < CUT_AT_MOST < 5 * HEAD < size_of(one)

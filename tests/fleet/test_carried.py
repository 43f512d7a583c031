"""Exchanges arrive as they were, but for what is no part of a message, and for bodies that are too long to be shown."""

from __future__ import annotations

from msgspec.msgpack import Decoder, encode
from msgspec.structs import replace

from gateway.core.damage import Break, Damage
from gateway.core.device import Device
from gateway.core.memo import Memo
from gateway.core.model import Exchange, Finding, Headers, Leg, Request, Response
from gateway.exchanges.not_kept import PASSED
from gateway.fleet.carried import LONGEST_BODY, CarriedExchange, arrived, carried

FINDING = Finding("XFF001", "error", "header X-Forwarded-For", "no such header", "an address", "https://example.com")
ASKED = Request(
    "GET",
    "/api/v2/REF30/profiles?a=%FF",
    Headers(((b"Host", b"gateway"), (b"X-Bytes", b"\xff\x00"), (b"x-bytes", b""))),
    b"\x00body",
    client="192.0.2.1",
    device=Device("roku-02c1f7", "key", "identifier", "192.168.0.7", "Roku 4"),
    upstream="lab",
    id="a-1",
    raw_target="/\xff",
    findings=(FINDING,),
    audited="1",
)
ANSWER = Response(
    200, "OK", Headers.of({"A": "b"}), b"{}", "upstream", (FINDING,), Damage(("reset",), broken=Break("body", "reset"))
)
EXCHANGE = Exchange(
    "a-1", ASKED, (Leg(replace(ASKED, rewritten_from="GET /x"), ANSWER, 1.5),), ANSWER, 2.5, (FINDING,), 1e9
)


def through(exchange: Exchange) -> Exchange:
    return arrived(Decoder(CarriedExchange).decode(encode(carried(exchange))))


def test_an_exchange_arrives_as_it_was() -> None:
    memo = Memo(ASKED.method, ASKED.target, ASKED.headers)
    assert through(replace(EXCHANGE, received=replace(ASKED, memo=memo))) == EXCHANGE
    cut = replace(EXCHANGE, is_cut=True)
    assert through(cut) == cut


def test_a_body_that_passed_or_is_too_long_is_not_carried() -> None:
    long = replace(ANSWER, body=b"x" * (LONGEST_BODY + 1))
    came = through(replace(EXCHANGE, received=replace(ASKED, body=PASSED), reply=long))
    assert came.received.body is PASSED
    assert came.reply.body is PASSED
    assert (
        carried(EXCHANGE).size
        < 5000
        < LONGEST_BODY
        < carried(replace(EXCHANGE, reply=replace(ANSWER, body=b"x" * LONGEST_BODY))).size
    )

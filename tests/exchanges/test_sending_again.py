"""A call that was sent before is sent again with a call, and comes to what it would come to step by step, whatever its answer is."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from gateway.exchanges.again import Again, Ahead
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.looks import Met
from gateway.exchanges.sending_again import App, SentAgain
from gateway.wire import stepping
from gateway.wire.awaited import Awaited
from gateway.wire.protocol import AppConnection
from tests.harness.for_each import for_each
from tests.harness.lab import Gateway, Lab
from tests.harness.sockets import OK, Origin, Wire, settle
from tests.legs import device_header

CALL = (
    f"GET /api/v2/REF30/logout/Dish HTTP/1.1\r\nHost: gateway\r\nAP-Device-Identifier: {device_header('roku')}\r\n\r\n"
).encode()
KNOWN = 4
"""Calls after which the next one is sent with a call, and its answer is known."""
OTHER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
HINTED = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK
LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n" + b"x" * 40_000
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A list with an entry for each message that might be sent so, and whether it was."""
    told: list[bool] = []
    begin, answer = SentAgain.begin, Exchanges.answer

    def counted(self: SentAgain, app: App) -> Any:
        rest = begin(self, app)
        told.append(rest is None)
        return rest

    def counted_answer(self: Exchanges, *about: Any) -> Any:
        told.append(False)
        return answer(self, *about)

    monkeypatch.setattr(SentAgain, "begin", counted)
    monkeypatch.setattr(Exchanges, "answer", counted_answer)
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)
    return told


async def known(lab: Lab, origin: Origin, **about: Any) -> tuple[Gateway, Wire]:
    """Start a gateway before an origin, and make a call known to it."""
    gateway = await lab.gateway(origin, **about)
    client = await gateway.connect()
    for _ in range(KNOWN):
        assert (await client.send(CALL).message()).body == b"ok"
    await gateway.witness.until(lambda: len(gateway.witness.exchanges) == KNOWN)
    return gateway, client


ANSWERS: dict[str, tuple[bytes, int, bytes, str]] = {
    "the one before": (OK, 200, b"ok", "upstream"),
    "another one": (OTHER, 200, b"other", "upstream"),
    "in chunks": (CHUNKED, 200, b"ok", "upstream"),
    "behind an interim one": (HINTED, 103, b"", "upstream"),
    "a large one": (LARGE, 200, b"x" * 40_000, "upstream"),
    "the last one of its connection": (LAST, 200, b"ok", "upstream"),
    "cut off": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", 200, b"", "upstream"),
    "no HTTP": (b"nothing\r\n\r\n", 502, b"upstream_protocol", "gateway"),
    "none": (b"", 502, b"upstream_protocol", "gateway"),
}


@for_each(("name", "answer"), ANSWERS.items())
async def test_whatever_comes_is_passed_on(
    name: str, answer: tuple[bytes, int, bytes, str], lab: Lab, calls: list[bool]
) -> None:
    data, status, body, source = answer

    async def script(wire: Wire) -> None:
        while True:
            await origin.read(wire)
            if len(origin.seen) <= KNOWN:
                wire.send(OK)
                continue
            wire.send(data)
            if name in {"cut off", "none"}:
                return

    origin = await lab.origin(script=script)
    gateway, client = await known(lab, origin)
    client.send(CALL)
    if name == "cut off":
        assert b"200 OK" in await client.gone()
    else:
        message = await client.message()
        assert (message.status, body in message.body) == (status, True)
    if status == 103:  # of the row
        assert (await client.message()).body == b"ok"
    await gateway.witness.until(lambda: len(gateway.witness.exchanges) == KNOWN + 1)
    exchange = gateway.witness.exchanges[-1]
    assert (exchange.reply.source, len(exchange.legs), calls[-1]) == (source, 1, True)
    assert exchange.legs[0].elapsed_ms <= exchange.elapsed_ms
    assert (len(origin.seen), origin.connections) == (KNOWN + 1, 1)  # nothing was sent twice


async def test_an_upstream_that_is_silent_is_waited_for_as_long_as_any(lab: Lab, calls: list[bool]) -> None:
    async def script(wire: Wire) -> None:
        while len(origin.seen) < KNOWN:
            await origin.read(wire)
            wire.send(OK)
        await origin.read(wire)
        await origin.read(wire)

    origin = await lab.origin(script=script)
    _, client = await known(lab, origin, read_seconds=0.05)
    assert (await client.send(CALL).message()).status == 504
    assert (calls[-1], len(origin.seen)) == (True, KNOWN + 1)


async def test_an_app_that_leaves_ends_its_exchange_and_the_connection_to_the_upstream(
    lab: Lab, calls: list[bool]
) -> None:
    async def script(wire: Wire) -> None:
        while len(origin.seen) <= KNOWN:
            await origin.read(wire)
            if len(origin.seen) <= KNOWN:
                wire.send(OK)
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway, client = await known(lab, origin)
    client.send(CALL)
    async with asyncio.timeout(5):
        while len(origin.seen) <= KNOWN:  # nothing tells
            await settle()
    client.reset()
    await gateway.witness.until(lambda: len(gateway.witness.exchanges) == KNOWN + 1)
    async with asyncio.timeout(5):
        await origin.closed.wait()
    assert (gateway.witness.exchanges[-1].reply.status, calls[-1]) == (499, True)


async def test_a_server_that_stops_gives_up_what_is_awaited_for_too_long(lab: Lab, calls: list[bool]) -> None:
    async def script(wire: Wire) -> None:
        while len(origin.seen) <= KNOWN:
            await origin.read(wire)
            if len(origin.seen) <= KNOWN:
                wire.send(OK)
        await wire.gone()

    origin = await lab.origin(script=script)
    gateway, client = await known(lab, origin)
    client.send(CALL)
    async with asyncio.timeout(5):
        while len(origin.seen) <= KNOWN:  # nothing tells
            await settle()
    await gateway.server.stop(grace=0.01)
    assert await client.gone() == b""
    assert (gateway.witness.exchanges[-1].reply.status, calls[-1]) == (499, True)


async def test_an_exchange_that_is_kept_keeps_no_connection_and_not_what_is_known_of_its_head(
    lab: Lab, calls: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[SentAgain] = []
    begin = SentAgain.begin

    def kept(self: SentAgain, app: App) -> Any:
        sent.append(self)
        return begin(self, app)

    monkeypatch.setattr(SentAgain, "begin", kept)
    origin = await lab.origin(*[OK] * (KNOWN + 1))
    gateway, client = await known(lab, origin)
    await client.send(CALL).message()
    await gateway.witness.until(lambda: len(gateway.witness.exchanges) == KNOWN + 1)
    assert (sent[-1].exchange, calls[-1]) == (gateway.witness.exchanges[-1], True)
    held = {type(each) for each in gc.get_referents(sent[-1])}
    assert held.isdisjoint({Met, Ahead, Awaited, AppConnection})
    assert Again in held


async def test_many_in_one_piece_are_answered_in_their_order(lab: Lab, calls: list[bool]) -> None:
    origin = await lab.origin(*[OK] * KNOWN, *[OK.replace(b"\r\n\r\nok", b"\r\n\r\n%02d" % n) for n in range(9)])
    _, client = await known(lab, origin)
    client.send(CALL * 9)
    assert [(await client.message()).body for _ in range(9)] == [b"%02d" % n for n in range(9)]
    assert (sum(calls[KNOWN:]), origin.connections) == (9, 1)


async def test_an_answer_with_another_date_is_the_same_and_keeps_its_date(
    lab: Lab, calls: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[object] = []
    judge = Exchanges._judged

    async def counted(self: Exchanges, *about: Any, **more: Any) -> None:
        judged.append(about)
        await judge(self, *about, **more)

    def dated(second: int) -> bytes:
        return OK.replace(b"\r\n\r\n", b"\r\nDate: Sat, 28 Nov 2026 02:18:%02d GMT\r\n\r\n" % second)

    monkeypatch.setattr(Exchanges, "_judged", counted)
    origin = await lab.origin(*[dated(second) for second in range(10)])
    gateway, client = await known(lab, origin)
    before = len(judged)
    dates = [(await client.send(CALL).message()).get(b"Date") for _ in range(KNOWN, 10)]
    assert dates == [b"Sat, 28 Nov 2026 02:18:%02d GMT" % second for second in range(KNOWN, 10)]
    assert (len(judged), set(calls[KNOWN:])) == (before, {True})
    await gateway.witness.until(lambda: len(gateway.witness.exchanges) == 10)
    for second, exchange in enumerate(gateway.witness.exchanges):
        (leg,) = exchange.legs
        assert 0 < leg.elapsed_ms <= exchange.elapsed_ms
        for answer in (exchange.reply, leg.response):
            assert answer.headers["Date"] == f"Sat, 28 Nov 2026 02:18:{second:02} GMT"

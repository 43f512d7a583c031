"""Exchanges answered with no socket: a request and a peer go in, a reply comes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from gateway.core.headers import ForwardedFor
from gateway.core.memo import memo_of
from gateway.core.model import UNANSWERED, Exchange, Flow, Headers, Peer, Request, Response
from gateway.core.routing import Routing
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.observers import Observers
from tests.harness.for_each import for_each
from tests.harness.lab import Witness
from tests.harness.sockets import PATIENCE

T = TypeVar("T")
TELEVISION = Peer("192.168.0.7")
NOW = 1_760_000_000.0


class Upstream:
    """A `send` that keeps what it is sent."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]] | None = None) -> None:
        self.seen: list[Request] = []
        self._answer = answer

    async def send(self, request: Request) -> Response:
        self.seen.append(request)
        if self._answer is not None:
            return await self._answer(request)
        return Response(200, "OK", body=b"ok", source="upstream")


def exchanges_over(upstream: Upstream, witness: Witness | None = None, **more: Any) -> Exchanges:
    settings: dict[str, Any] = {
        "routing": Routing("lab", {"roku.example": "roku"}, frozenset({"api.example"})),
        "forwarded": ForwardedFor(),
        "observers": Observers([witness] if witness is not None else []),
        "clock": lambda: NOW,
        **more,
    }
    return Exchanges(upstream.send, **settings)


def without_a_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run what waits for nothing: its first step is its last, and no loop, task or clock of one is there."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    message = "it waits"
    raise AssertionError(message)


@for_each(
    ("target", "host", "status", "sent"),
    [
        ("/", "", 200, [("lab", "/", "")]),
        ("/a?b=%2f&b", "ROKU.example:80", 200, [("roku", "/a?b=%2f&b", "ROKU.example:80")]),
        ("*", "", 200, [("lab", "*", "")]),
        ("http://api.example/a?b", "elsewhere", 200, [("lab", "/a?b", "api.example")]),
        ("HTTPS://api.example:443?b", "elsewhere", 200, [("lab", "/?b", "api.example:443")]),
        ("http://elsewhere.example/a", "api.example", 421, []),
        ("http://user@api.example/a", "", 421, []),
        ("api.example:443", "", 421, []),
        ("", "", 421, []),
    ],
)
def test_an_exchange_is_answered(target: str, host: str, status: int, sent: list[tuple[str, str, str]]) -> None:
    """Where nothing waits there is no task and no loop, from the message to the end of its reply."""
    upstream, witness = Upstream(), Witness()
    exchanges = exchanges_over(upstream, witness)

    reply = without_a_loop(
        exchanges.answer(Request("GET", target, Headers.of({"Host": host} if host else {})), TELEVISION)
    )
    assert reply.response.status == status
    without_a_loop(reply.ended())

    assert [(seen.upstream, seen.target, seen.headers.get("Host")) for seen in upstream.seen] == sent
    assert len(witness.exchanges) == len(sent)
    assert reply.last is (status == 421)
    assert exchanges.in_flight == set()


async def test_two_lines_answer_an_exchange() -> None:
    reply = await exchanges_over(Upstream()).answer(Request("GET", "/"), Peer("192.168.0.7"))
    assert (reply.response.status, reply.response.body) == (200, b"ok")


async def test_what_is_found_out_is_found_once_and_stands_in_all_that_is_told() -> None:
    upstream, witness = Upstream(), Witness()
    asked = Request("GET", "/", Headers.of({"Connection": "X-Mine", "X-Mine": "1", "Expect": "100-continue"}))
    reply = await exchanges_over(upstream, witness).answer(asked, TELEVISION)
    await reply.ended()

    (sent,), (told,) = upstream.seen, witness.exchanges
    assert sent.headers == Headers.of({"X-Forwarded-For": "192.168.0.7"})
    device = told.received.device
    assert (device.address, device.name[:8]) == ("192.168.0.7", "address-")
    assert told.received == replace(asked, id=told.id, upstream="lab", client="192.168.0.7", device=device)
    assert (sent.id, sent.client, told.at) == (told.id, "192.168.0.7", NOW)
    assert [leg.request for leg in told.legs] == [sent]


async def test_observers_hear_when_an_exchange_begins_and_when_its_last_byte_is_out() -> None:
    told: list[tuple[str, Exchange]] = []

    class Listening(Witness):
        def began(self, exchange: Exchange) -> None:
            told.append(("began", exchange))

        def ended(self, exchange: Exchange) -> None:
            told.append(("ended", exchange))

    upstream = Upstream()
    reply = await exchanges_over(upstream, Listening()).answer(Request("GET", "/"), TELEVISION)
    ((event, begun),) = told
    assert (event, begun.reply, begun.legs, begun.elapsed_ms, begun.at) == ("began", UNANSWERED, (), 0.0, NOW)
    await reply.ended()
    _, (event, ended) = told
    assert (event, ended.id, ended.at, ended.reply) == ("ended", begun.id, NOW, reply.response)
    assert ended.elapsed_ms > 0


async def test_the_results_of_a_head_that_came_once_end_with_its_exchange() -> None:
    """Observers that keep exchanges keep no results; those of a head that came again stay with the head."""
    upstream, witness = Upstream(), Witness()
    exchanges = exchanges_over(upstream, witness)
    for _ in range(2):
        reply = await exchanges.answer(Request("GET", "/x", Headers.of({"Host": "tv"})), TELEVISION)
        sent = upstream.seen[-1]
        assert memo_of(sent) is not None
        await reply.ended()
        kept = [memo_of(witness.exchanges[-1].received), memo_of(sent)]
        assert [results is not None for results in kept] == [len(upstream.seen) == 2] * 2


async def test_a_client_that_leaves_ends_its_exchange() -> None:
    """Before there is a reply by a cancellation, while it is written by `ended`: what it would have got is told then."""
    asked = asyncio.Event()

    async def never(_: Request) -> Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    witness = Witness()
    exchanges = exchanges_over(Upstream(never), witness)
    answering = asyncio.create_task(exchanges.answer(Request("GET", "/"), TELEVISION))
    await asyncio.wait_for(asked.wait(), PATIENCE)
    assert len(exchanges.in_flight) == 1
    answering.cancel()
    await asyncio.wait([answering])
    assert answering.cancelled()
    assert [told.reply.status for told in witness.exchanges] == [499]
    assert exchanges.in_flight == set()


async def test_a_body_that_nobody_has_written_is_given_up_at_the_end() -> None:
    class Endless:
        closed = 0

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"more"

        async def aclose(self) -> None:
            self.closed += 1

    body = Endless()

    async def streams(_: Request) -> Response:
        return Response(200, "OK", body=body, source="upstream")

    reply = await exchanges_over(Upstream(streams)).answer(Request("GET", "/"), TELEVISION)
    assert (reply.response.body, body.closed) == (body, 0)
    await reply.ended()
    assert body.closed == 1


async def test_what_fails_at_the_end_leaves_nothing_in_flight() -> None:
    class Unclosable:
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b""

        async def aclose(self) -> None:
            raise ConnectionAbortedError

    async def streams(_: Request) -> Response:
        return Response(200, "OK", body=Unclosable(), source="upstream")

    witness = Witness()
    exchanges = exchanges_over(Upstream(streams), witness)
    reply = await exchanges.answer(Request("GET", "/"), TELEVISION)
    with pytest.raises(ConnectionAbortedError):
        await reply.ended()
    assert (len(witness.exchanges), exchanges.in_flight) == (1, set())


class Rule:
    """A rule that reads requests, and does with them what it is told."""

    needs_request_body = True
    needs_answer_body = False

    def __init__(self, converse: Callable[[Request], Flow]) -> None:
        self._converse = converse

    def concerns(self, request: Request) -> bool:
        return bool(request.target)

    def __call__(self, request: Request) -> Flow:
        return self._converse(request)


async def test_a_defect_of_a_rule_is_answered_and_told_without_its_text() -> None:
    def broken(request: Request) -> Flow:
        yield request
        raise ValueError(request.target)

    witness = Witness()
    reply = await exchanges_over(Upstream(), witness, rules=[Rule(broken)]).answer(
        Request("GET", "/secret"), TELEVISION
    )
    assert (reply.response.status, reply.response.headers.get("X-Gateway-Error")) == (500, "gateway_defect")
    (told,) = witness.warnings
    assert (told["event"], told["error"]) == ("defect", "ValueError")
    assert str(told["where"]).startswith("test_driver.py:")
    assert "secret" not in str(told)


async def test_a_rules_conversation_goes_on_though_the_app_leaves() -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> Response:
        asked.set()
        await go.wait()
        return Response(200, "OK", source="upstream")

    def twice(request: Request) -> Flow:
        yield request
        return (yield replace(request, target="/second"))

    upstream, witness = Upstream(slow), Witness()
    exchanges = exchanges_over(upstream, witness, rules=[Rule(twice)])
    answering = asyncio.create_task(exchanges.answer(Request("GET", "/first"), TELEVISION))
    await asyncio.wait_for(asked.wait(), PATIENCE)
    answering.cancel()
    await asyncio.sleep(0)
    go.set()
    await asyncio.wait([answering])
    assert [seen.target for seen in upstream.seen] == ["/first", "/second"]
    assert [(told.reply.status, len(told.legs)) for told in witness.exchanges] == [(499, 2)]


async def test_to_finish_is_to_wait_for_replies_that_are_still_written() -> None:
    exchanges = exchanges_over(Upstream())
    first = await exchanges.answer(Request("GET", "/"), TELEVISION)
    second = await exchanges.answer(Request("GET", "/"), TELEVISION)
    finishing = asyncio.create_task(exchanges.finish(PATIENCE))
    await first.ended()
    await asyncio.sleep(0)
    assert not finishing.done()
    await second.ended()
    await asyncio.wait_for(finishing, PATIENCE)

    await exchanges.answer(Request("GET", "/"), TELEVISION)
    await exchanges.finish(0.0)  # it waits no longer than it was told to
    assert len(exchanges.in_flight) == 1

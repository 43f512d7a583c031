"""However an exchange is scheduled, and whatever is remembered, it comes to the same: bytes, exchange, findings, interaction and log."""

from __future__ import annotations

import asyncio
import io
import itertools
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from gateway.config import load
from gateway.core.asking import Ask, Asker, OnItsWay
from gateway.core.bounded import memories
from gateway.core.model import Exchange, Headers, Request, Response
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.log import Log
from gateway.exchanges.logger import configure
from gateway.exchanges.observers import Observers
from gateway.exchanges.repeat import Repeat
from gateway.transports.faults import Faults
from gateway.transports.overrides import Overrides
from gateway.wire import stepping
from gateway.wire.app_ending import Site
from gateway.wire.connections import Connections, Limits
from gateway.wire.protocol import AppConnection
from gateway.wire.reading import Heads
from gateway.wiring import parts
from gateway.wiring.assembly import assemble
from tests.bench import traffic
from tests.harness.lab import Witness

STATES = {
    "cursors",
    "bound devices",
    "audit slices",
    "names of devices",
    "devices by name",
    "codes and tokens",
    "warnings said",
    "told of devices",
    "counts of calls",
    "buckets of addresses",
    "marks of devices",
}
"""What is remembered because it is true, and not to save time."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"
AT = 1_795_000_000.0
LATER = (0.25, 0.25, 0.25, 0.25, 0.0, 1.5, 130.0, 460.0, 3700.0)
"""Seconds from one message to the next: checks over time know some of these, and a token expires meanwhile."""
HEADERS: dict[str, list[str]] = {
    "Accept": ["application/json", "text/html"],
    "X-Forwarded-For": ["203.0.113.7", "10.0.0.1, 203.0.113.9"],
    "User-Agent": ["AppleTV11,1", "curl/8.0"],
    "Connection": ["keep-alive", "X-Odd", "close"],
    "X-Odd": ["1", "caf\xe9"],
    "AP-Device-Identifier": ["fingerprint", "fingerprint ZGV2aWNlLW9uZS1vZi1tYW55"],
    "Authorization": ["Bearer abc.def.ghi", "Basic eDp5"],
    "Expect": ["100-continue"],
    "Origin": ["http://tv.example:3000", "null"],
}
ANSWERS = (
    Response(200, "OK", Headers.of({"Content-Type": "application/json"}), b'{"logouts": {}}', "upstream"),
    Response(401, "Unauthorized", Headers.of({"Content-Type": "application/json"}), b'{"code": "x"}', "upstream"),
    Response(429, "Too Many Requests", Headers.of({"Retry-After": "1"}), b"slow down", "upstream"),
    Response(204, "No Content", Headers.of({"X-A": "b", "Set-Cookie": "sid=ABCDEFGHIJKLMNOP"}), b"", "upstream"),
)
GIVING = Response(
    200, "OK", Headers.of({"Content-Type": "application/json"}), b'{"code": "REGCODE1", "x": "y"}', "upstream"
)


def messages(seed: int, count: int) -> Iterator[bytes]:
    """Yield messages of a few devices, most of which were sent before, or differ in a line from one that was."""
    chance = random.Random(seed)  # noqa: S311  # no secret is made of it
    pool: list[bytes] = []
    for _ in range(count):
        if pool and chance.random() < 0.6:
            yield chance.choice(pool)
            continue
        request = traffic.request(chance.randrange(9), chance.randrange(4))
        fields = [*request.headers.items()]
        for name, values in HEADERS.items():
            if chance.random() < 0.1:
                fields = [pair for pair in fields if pair[0].lower() != name.lower()]
                fields.insert(chance.randrange(len(fields) + 1), (name, chance.choice(values)))
        body = b""
        method = chance.choices(["GET", "DELETE", "POST", "HEAD", "OPTIONS"], [8, 2, 2, 1, 1])[0]
        if method == "POST":
            body = b"deviceId=abcdefgh&x=%d" % chance.randrange(3)
            fields += [("Content-Length", str(len(body))), ("Content-Type", "application/x-www-form-urlencoded")]
        target = request.target if chance.random() < 0.9 else chance.choice(["/", "/?x=1#y", "http://other/", "*"])
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        pool.append(f"{method} {target} HTTP/1.1\r\nHost: gateway\r\n{head}\r\n".encode("latin-1") + body)
        yield pool[-1]


class Out(asyncio.Transport):
    """A client that takes everything."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def get_extra_info(self, name: str, default: object = None) -> Any:
        return ("192.168.0.7", 5) if name == "peername" else default

    def is_closing(self) -> bool:
        return self.closed

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True

    abort = close


@dataclass
class Told:
    """All that came of some messages."""

    replies: list[bytes]
    exchanges: list[Exchange]
    warnings: list[dict[str, object]]
    log: list[str]
    cassette: str
    had_again: int
    """How many were answered at once, as they were before."""
    had_alike: int
    """How many were sent at once, as they were before, and waited for their answer."""


class Clock:
    """The time, which stands still unless it is turned."""

    now = AT

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Way:
    """One way to come to the same."""

    tasks: bool = False
    """Every exchange is a task from its first step on."""
    forgets: bool = False
    """Nothing is remembered that could be worked out."""
    late: bool = False
    """The upstream's answer has to be waited for."""
    called: bool = False
    """The upstream can be sent to with a call, which it makes when its answer is there."""


class Answering:
    """Stands for the upstreams: gives its answers in turn."""

    connections = 0

    def __init__(self, way: Way, answers: Sequence[Response]) -> None:
        self._way = way
        self._answers = itertools.cycle(answers)
        self._turns = itertools.cycle(["call"] * 4 + ["coroutine", "call", "send"])

    async def send(self, _: Request) -> Response:
        if self._way.late:
            await asyncio.sleep(0)
        answer = next(self._answers)
        return replace(answer, body=bytes(bytearray(answer.body))) if isinstance(answer.body, bytes) else answer

    def asking(self, _: Request) -> Ask | None:
        return self._ask if self._way.called else None

    def _ask(self, asker: Asker) -> OnItsWay | None:
        """Answer by a call; now and then by a coroutine, as what streams does, and at times not at all."""
        turn, loop = next(self._turns), asyncio.get_running_loop()
        if turn == "send":
            return None
        if turn == "coroutine":
            loop.call_soon(lambda: asker.goes_on(self.send(asker.outbound)))
        elif isinstance((answer := next(self._answers)).body, bytes):
            loop.call_soon(lambda: asker.answered(answer))
        else:
            loop.call_soon(lambda: asker.goes_on(given(answer)))
        return Abandoned()

    async def aclose(self) -> None:
        pass


class Abandoned:
    """A request that nobody gives up."""

    def abandon(self) -> None:
        raise AssertionError


async def given(answer: Response) -> Response:
    return answer


async def told(
    way: Way,
    mode: str,
    sent: list[bytes],
    folder: Path,
    faults: Sequence[object] = (),
    answers: Sequence[Response] = ANSWERS,
    rules: Sequence[object] = (),
) -> Told:
    """Run messages through a gateway, one after another."""
    clock, out, witness = Clock(), io.StringIO(), Witness()
    cassette = folder / f"{mode} {way}.yaml"
    if mode == "replay":
        by = traffic.redaction()
        with Writer(cassette) as writer:
            writer.append([dump(traffic.interaction(by, traffic.request(n, n % 3), n)) for n in range(6)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepping, "ALWAYS_TASKS", way.tasks)
        patch.setattr("time.time", clock)
        patch.setattr("gateway.transports.recorder.time", clock)
        patch.setattr("gateway.transports.recording_again.time", clock)
        timed = ("driver", "pipeline", "repeat", "replies", "sending_again")
        for module in (*(f"exchanges.{name}" for name in timed), "transports.recorder", "transports.recording_again"):
            patch.setattr(f"gateway.{module}.perf_counter", lambda: 0.0)
        patch.setattr(parts, "Upstreams", lambda *_: Answering(way, answers))
        logger = configure(out)
        made = assemble(
            load(None, {}, {**LAB, "mode": mode, "faults": [*faults], "rules": [*rules]}),
            {"GATEWAY_REDACTION_KEY": traffic.KEY.hex()},
            lambda redaction, state: Observers([Log(logger).of(redaction, state), witness]),
            cassette=cassette,
            around=Overrides().around,  # as `gateway run` has it
            faults=Faults(),
        )
        made.exchanges._clock = clock
        had_again, had_alike = counting(made.exchanges), counting_alike(made.exchanges)
        made.exchanges._ids = (str(number) for number in itertools.count())
        site = Site(made.exchanges, Connections(Limits(), witness.warn), Heads())
        for memory in memories():
            if memory.name not in STATES:
                memory.clear()
                if way.forgets:
                    patch.setattr(memory, "longest", -1)
        replies = await replies_to(sent, site, clock)
        await made.close(5)
    return Told(
        replies,
        witness.exchanges,
        witness.warnings,
        [re.sub(TIME, "", line) for line in out.getvalue().splitlines()],
        cassette.read_text("utf-8") if cassette.exists() else "",
        sum(had_again),
        len(had_alike),
    )


def counting(exchanges: Exchanges) -> list[bool]:
    """Return a list that tells of each exchange whether it was had again."""
    told: list[bool] = []
    repeat = exchanges._repeat

    def counted(*about: Any) -> Repeat | None:
        reply = repeat(*about)
        told.append(reply is not None)
        return reply

    exchanges._repeat = counted  # type: ignore[method-assign, assignment]  # of this one alone
    return told


def counting_alike(exchanges: Exchanges) -> list[bool]:
    """Return a list with an entry for each exchange whose first half was had again."""
    told: list[bool] = []
    begun_alike, sent_again = exchanges._begun_alike, exchanges._sent_again

    def counted(*about: Any) -> Any:
        told.append(True)
        return begun_alike(*about)

    def counted_at_once(*about: Any) -> Any:
        told.append(True)
        return sent_again(*about)

    exchanges._begun_alike = counted  # type: ignore[method-assign, assignment]  # of this one alone
    exchanges._sent_again = counted_at_once  # type: ignore[method-assign, assignment]
    return told


async def replies_to(sent: list[bytes], site: Site, clock: Clock) -> list[bytes]:
    replies: list[bytes] = []
    chance = random.Random(len(sent))  # noqa: S311  # no secret is made of it
    connection, client = connected(site)
    for message in sent:
        if client.closed:
            connection.connection_lost(None)
            connection, client = connected(site)
        client.written = b""
        asyncio.get_running_loop().call_soon(connection.data_received, message)  # in no task, as a loop does
        async with asyncio.timeout(20):
            while not (client.written.replace(CONTINUE, b"") or client.closed) or connection._busy:  # noqa: ASYNC110
                await asyncio.sleep(0)
        replies.append(client.written)
        clock.now += chance.choice(LATER)
    connection.connection_lost(None)
    return replies


def connected(site: Site) -> tuple[AppConnection, Out]:
    connection, client = AppConnection(site, asyncio.get_running_loop()), Out()
    site.connections.opened(connection)
    connection.connection_made(client)
    return connection, client


LAB = {
    "upstream": "lab",
    "upstreams.lab.origin": "http://lab.example",
    "devices": {"own": {"match": {"user_agent": "curl"}, "mode": "passthrough", "faults": []}},
}
"""Of the messages some are a device's that has settings of its own."""
FAULTS: list[object] = [
    {"expired_token": {"calls": 5}},
    {"error": "invalid_integration", "when": {"probability": 0.2}},
    {"status": 503, "when": {"nth": ["3..4", 7]}},
    {"reset": "before_head", "when": {"probability": 0.1}},
    {"reset": "body", "when": {"probability": 0.1}},
    {"empty_response": None, "when": {"times": 1, "nth": "5.."}},
    {"no_response": 0.001, "when": {"nth": 6}},
    {"malformed_chunk": None, "when": {"probability": 0.1, "seed": 1}},
    {"delay": {"seconds": {"median": "1ms", "sigma": 0.5}}, "when": {"probability": 0.3}},
    {"slow_body": 100_000, "when": {"probability": 0.3}},
]
WAYS = (
    Way(tasks=True),
    Way(forgets=True),
    Way(late=True),
    Way(late=True, tasks=True),
    Way(late=True, forgets=True),
    Way(called=True),
)


@pytest.mark.parametrize("count", [64, pytest.param(2000, marks=pytest.mark.long)])
@pytest.mark.parametrize("mode", ["replay", "passthrough", "record", "auto"])
async def test_an_exchange_comes_to_the_same(mode: str, count: int, tmp_path: Path) -> None:
    sent = list(messages(count, count))
    expected = await told(Way(), mode, sent, tmp_path)
    assert len(expected.exchanges) > count * 0.8
    assert any(exchange.findings for exchange in expected.exchanges)
    assert (expected.had_again > 0) == (mode == "replay")
    for way in WAYS:
        found = await told(way, mode, sent, tmp_path)
        for number, (left, right) in enumerate(zip(expected.replies, found.replies, strict=True)):
            assert left == right, (way, number, sent[number])
        for one, other in zip(expected.exchanges, found.exchanges, strict=True):
            assert one == other, (way, one.id)
        assert expected.log == found.log, way
        assert expected.warnings == found.warnings, way
        assert expected.cassette == found.cassette, way


async def test_what_is_sent_again_and_again_comes_to_the_same(tmp_path: Path) -> None:
    """A few messages of two devices behind one address, in any order: most are had again, and what went before them changes."""
    pool = [message for message in messages(7, 60) if message.startswith(b"GET /api")][:6]
    chance = random.Random(7)  # noqa: S311  # no secret is made of it
    sent = [chance.choice(pool) for _ in range(150)]
    expected = await told(Way(), "replay", sent, tmp_path)
    assert 20 < expected.had_again < 140
    for way in (Way(tasks=True), Way(forgets=True)):
        found = await told(way, "replay", sent, tmp_path)
        assert (found.had_again > 0) == (not way.forgets)
        assert (expected.replies, expected.exchanges) == (found.replies, found.exchanges), way
        assert (expected.log, expected.warnings) == (found.log, found.warnings), way


async def test_what_only_its_trace_tells_from_the_same_comes_to_the_same(tmp_path: Path) -> None:
    """Most messages have an id or a trace that no other had; now and then it is a secret, or repeats a part of the target."""
    pool = [message for message in messages(7, 60) if message.startswith(b"GET /api")][:6]
    chance = random.Random(11)  # noqa: S311  # no secret is made of it
    lines = (
        *(b"X-Request-Id: %032x", b"traceparent: 00-%032x-00f067aa0ba902b7-01", b"x-b3-traceid: %x"),
        *(b"X-Request-ID: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiAiYzRmYzNlN2UtMTJkOS00OTVk.%x", b"X-Trace-Id: Mvpd00001 %x"),
        *(b"Tracestate: Bearer abc.def.ghi%x", b"X-Correlation-Id: REF30", b"X-Request-Id: " + b"a" * 300),
    )
    sent = []
    for number in range(200):
        start, fields = chance.choice(pool).split(b"\r\n", 1)
        line = chance.choice(lines)
        own = (line % number if b"%" in line else line) + b"\r\n" if chance.random() < 0.8 else b""
        sent.append(
            start + b"\r\n" + own + fields if chance.random() < 0.5 else start + b"\r\n" + fields[:-2] + own + b"\r\n"
        )
    expected = await told(Way(), "replay", sent, tmp_path)
    assert expected.had_again > 60
    assert sum(b"\r\nX-Request-Id" in message for message in sent) > 40
    for way in (Way(tasks=True), Way(forgets=True)):
        found = await told(way, "replay", sent, tmp_path)
        assert (found.had_again > 0) == (not way.forgets)
        assert (expected.replies, expected.exchanges) == (found.replies, found.exchanges), way
        assert (expected.log, expected.warnings) == (found.log, found.warnings), way


async def test_what_a_rule_makes_of_the_same_comes_to_the_same(tmp_path: Path) -> None:
    """A few v1 logouts, of which some were recorded as v2's, with URLs in the reply and in the log."""
    chance = random.Random(9)  # noqa: S311  # no secret is made of it
    fields = b"HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer abc.def.ghi\r\n"
    logouts = [
        b"DELETE /api/v1/logout?requestor=%s&deviceId=a-device-of-%d %s\r\n" % (requestor, number % 3, fields)
        for number, requestor in enumerate([b"REF30", b"REF30", b"REF30", b"ANOTHER"])
    ]
    sent = [chance.choice(logouts) for _ in range(60)]
    about = {"redirect_url": "https://adobe.com", "mvpd": "Mvpd00001", "authorization": "pass", "v1": "never"}
    rules = [{"v1_logout": about}]
    expected = await told(Way(), "replay", sent, tmp_path, rules=rules)
    assert 5 < expected.had_again < 60
    assert {exchange.reply.status for exchange in expected.exchanges} == {204, 502}
    assert any("logout_urls" in line for line in expected.log)
    for way in (Way(tasks=True), Way(forgets=True)):
        found = await told(way, "replay", sent, tmp_path, rules=rules)
        assert (expected.replies, expected.exchanges) == (found.replies, found.exchanges), way
        assert (expected.log, expected.warnings) == (found.log, found.warnings), way


@pytest.mark.parametrize("mode", ["passthrough", "record"])
async def test_what_is_sent_on_again_and_again_comes_to_the_same(mode: str, tmp_path: Path) -> None:
    """The first half stands more often than not; the answer is the one before, or another one, or hands out a token."""
    pool = [message for message in messages(7, 60) if message.startswith(b"GET /api")][:5]
    chance = random.Random(8)  # noqa: S311  # no secret is made of it
    sent = [chance.choice(pool) for _ in range(120)]
    answers = [*ANSWERS[:1] * 11, ANSWERS[1], *ANSWERS[:1] * 6, ANSWERS[2], ANSWERS[3], GIVING, *ANSWERS[:1] * 3]
    expected = await told(Way(), mode, sent, tmp_path, answers=answers)
    assert 20 < expected.had_alike < 120
    for way in WAYS:
        found = await told(way, mode, sent, tmp_path, answers=answers)
        assert (found.had_alike > 0) == (not way.forgets)
        assert (expected.replies, expected.exchanges) == (found.replies, found.exchanges), way
        assert (expected.log, expected.warnings) == (found.log, found.warnings), way
        assert expected.cassette == found.cassette, way


@pytest.mark.parametrize(("mode", "count"), [("passthrough", 50), pytest.param("record", 1000, marks=pytest.mark.long)])
async def test_faults_come_to_the_same(mode: str, count: int, tmp_path: Path) -> None:
    sent = list(messages(count, count))
    expected = await told(Way(), mode, sent, tmp_path, FAULTS)
    done = {name for exchange in expected.exchanges if (damage := exchange.reply.damage) for name in damage.faults}
    assert len(done) > 5
    for way in WAYS:
        found = await told(way, mode, sent, tmp_path, FAULTS)
        assert [left == right for left, right in zip(expected.replies, found.replies, strict=True)] == [True] * count
        assert expected.exchanges == found.exchanges, way
        assert expected.log == found.log, way
        assert expected.cassette == found.cassette, way

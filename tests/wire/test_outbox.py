"""The replies of one turn of the loop are written together, and nothing overtakes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.wire import stepping
from gateway.wire.connections import Connections, Limits, Wait
from gateway.wire.outbox import MOST, Outbox
from gateway.wire.protocol import AppConnection, Site
from gateway.wire.reading import Heads
from tests.harness.for_each import for_each
from tests.harness.sockets import GET, OK
from tests.wire.test_at_once import REPLY, Client, Prompt
from tests.wire.test_server import Replied


@dataclass
class Line:
    """Notes what it hears, in a list that it shares."""

    name: str
    heard: list[str] = field(default_factory=list)

    def write_out(self, data: bytes) -> None:
        self.heard.append(f"{self.name} writes {data.decode()}")

    def written_out(self) -> None:
        self.heard.append(f"{self.name} ends")


async def test_all_replies_of_a_turn_are_written_before_an_exchange_ends() -> None:
    outbox, loop = Outbox(), asyncio.get_running_loop()
    first = Line("first")
    second = Line("second", first.heard)
    outbox.put(first, b"1", loop)
    outbox.put(second, b"2", loop)
    assert first.heard == []
    await asyncio.sleep(0)
    assert first.heard == ["first writes 1", "second writes 2", "first ends", "second ends"]
    await asyncio.sleep(0)
    assert len(first.heard) == 4


async def test_very_many_replies_do_not_wait_for_the_turn_to_end() -> None:
    outbox, line = Outbox(), Line("one")
    for _ in range(MOST - 1):
        outbox.put(line, b"", asyncio.get_running_loop())
    assert line.heard == []
    outbox.put(line, b"", asyncio.get_running_loop())
    assert line.heard.count("one ends") == MOST


async def test_what_is_put_in_while_it_is_emptied_leaves_with_the_next_turn() -> None:
    outbox, loop = Outbox(), asyncio.get_running_loop()

    class Another(Line):
        def written_out(self) -> None:
            super().written_out()
            if len(self.heard) == 2:
                outbox.put(self, b"2", loop)

    line = Another("one")
    outbox.put(line, b"1", loop)
    for _ in range(3):
        await asyncio.sleep(0)
    assert line.heard == ["one writes 1", "one ends", "one writes 2", "one ends"]


class Leaving:
    """Connections of one site, each with a reply in the outbox when a step is made."""

    def __init__(self, count: int = 1) -> None:
        self.replies = [Replied(REPLY) for _ in range(4 * count)]
        self.handler = Prompt(*self.replies)
        self.site = Site(self.handler, Connections(Limits(), self.handler.warn), Heads())
        self.pairs = [self._connected() for _ in range(count)]

    def _connected(self) -> tuple[AppConnection, Client]:
        connection, client = AppConnection(self.site, asyncio.get_running_loop()), Client()
        self.site.connections.opened(connection)
        connection.connection_made(client)
        return connection, client

    @property
    def ended(self) -> int:
        return sum(reply.times for reply in self.replies)

    async def step(self, meanwhile: Callable[[], object]) -> None:
        """Ask on every connection in one turn of the loop, and then do something in the same turn."""
        done = asyncio.Event()

        def turn() -> None:
            for connection, client in self.pairs:
                connection.data_received(GET)
                assert (client.writes, connection._busy) == ([], True)
            meanwhile()
            done.set()

        asyncio.get_running_loop().call_soon(turn)
        await done.wait()
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)


async def test_two_connections_are_written_to_in_one_go() -> None:
    leaving = Leaving(2)
    seen: list[int] = []
    leaving.replies[0].end = lambda: seen.append(sum(len(client.writes) for _, client in leaving.pairs))  # type: ignore[method-assign]
    await leaving.step(lambda: None)
    assert [client.writes for _, client in leaving.pairs] == [[OK], [OK]]
    assert seen == [2]
    assert not any(connection._busy for connection, _ in leaving.pairs)


@for_each(
    ("meanwhile", "writes", "ends"),
    [
        (lambda connection: connection.data_received(GET), [OK, OK], 2),
        (lambda connection: connection.data_received(GET + GET), [OK, OK, OK], 3),
        (lambda connection: connection.data_received(b"GET"), [OK], 1),
        (lambda connection: connection.eof_received(), [OK], 1),
        (lambda connection: connection.stop(), [OK], 1),
        (lambda connection: connection.give_way(), [OK], 1),
        (lambda connection: connection.overdue(Wait.REQUEST), [OK], 1),
    ],
)
async def test_a_reply_in_the_outbox_leaves_before_anything_else_happens_to_its_connection(
    meanwhile: Callable[[AppConnection], object], writes: list[bytes], ends: int, monkeypatch: Any
) -> None:
    leaving = Leaving()
    ((connection, client),) = leaving.pairs
    monkeypatch.setattr(Client, "abort", lambda client: client.close())
    await leaving.step(lambda: (meanwhile(connection), client.writes[0] == OK or pytest.fail("it still waits")))
    await asyncio.sleep(0)
    assert (client.writes, leaving.ended, connection._busy) == (writes, ends, False)


async def test_the_exchange_of_a_client_that_has_left_ends() -> None:
    leaving = Leaving()
    ((connection, client),) = leaving.pairs
    await leaving.step(lambda: connection.connection_lost(None))
    assert (client.writes, leaving.ended, leaving.handler.warnings) == ([], 1, [])


@for_each("failing", ["write", "end"])
async def test_what_fails_in_the_outbox_costs_its_own_connection_alone(failing: str) -> None:
    leaving = Leaving(2)
    (_, failed), (_, other) = leaving.pairs

    def fail(*_: object) -> None:
        raise ValueError

    if failing == "write":
        failed.write = fail  # type: ignore[method-assign, assignment]
    else:
        leaving.replies[0].end = fail  # type: ignore[method-assign]
    await leaving.step(lambda: None)
    assert (failed.ended, other.ended, other.writes) == (True, False, [OK])
    assert leaving.handler.warnings == [("defect", None)]

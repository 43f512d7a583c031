"""Messages of one pass go out together and in their order, and nothing that is written otherwise overtakes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gateway.core.model import Headers, Response
from gateway.wire import outbox, stepping
from gateway.wire.app_output import SHORT
from gateway.wire.connections import Wait
from gateway.wire.outbox import Outbox
from gateway.wire.protocol import AppConnection
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK
from tests.wire.test_at_once import REPLY, Client, Prompt, connected, outside
from tests.wire.test_server import Replied

LONG = Response(200, "OK", Headers.of({"Content-Length": str(SHORT)}), b"x" * SHORT)


class Closing(Client):
    """A client that leaves."""

    def is_closing(self) -> bool:
        return True


class Failing(Client):
    """A connection that is closed, and does not say so."""

    def write(self, data: bytes | bytearray | memoryview) -> None:  # noqa: ARG002  # asyncio's signature
        raise RuntimeError

    def abort(self) -> None:
        self.ended = True


async def pass_is_over() -> None:
    await asyncio.sleep(0)
    await asyncio.sleep(0)


PASSES: list[tuple[int, int]] = [(3, 1), (3, 0), (2, 0), (1, 0), (1, 1), (1, 1), (2, 1), (2, 0)]
"""Passes in turn: how many messages each has, and how many of them go out at once."""


async def test_messages_go_out_at_the_end_of_a_pass_and_a_single_one_at_once_while_passes_have_one_each() -> None:
    box, client = Outbox(), Client()
    for messages, at_once in PASSES:

        def write(messages: int = messages, at_once: int = at_once) -> None:
            before = len(client.writes)
            for number in range(messages):
                box.put(client, b"%d" % number)
            assert len(client.writes) - before == at_once

        await outside(write)
        await pass_is_over()
        assert client.writes[-messages:] == [b"%d" % number for number in range(messages)]
    assert len(client.writes) == sum(messages for messages, _ in PASSES)


async def test_no_more_than_so_many_wait() -> None:
    box, client = Outbox(), Client()
    for number in range(outbox.MOST + 1):
        box.put(client, b"%d" % number)
    assert client.writes == [b"%d" % number for number in range(outbox.MOST + 1)]
    box.put(client, b"one more")
    assert len(client.writes) == outbox.MOST + 1


async def test_a_connection_that_is_closing_gets_none_and_the_others_get_theirs() -> None:
    box, leaves, fails, stays = Outbox(), Closing(), Failing(), Client()
    box.put(Client(), b"first")
    box.put(leaves, b"lost")
    box.put(fails, b"lost")
    box.put(stays, b"there")
    box.flush()
    assert (leaves.writes, fails.ended, stays.writes) == ([], True, [b"there"])


ENDS: list[tuple[str, Callable[[AppConnection], object], list[bytes]]] = [
    ("it ends", lambda connection: connection.eof_received(), []),
    ("the server stops", lambda connection: connection.stop(), []),
    ("another one needs its place", lambda connection: connection.give_way(), []),
    ("its time is up", lambda connection: connection.overdue(Wait.REQUEST), []),
    ("it is reset", lambda connection: connection.reset(), []),
    ("something else is written", lambda connection: connection.write(b"else"), [b"else"]),
    ("what follows is no message", lambda connection: connection.data_received(b"\0\r\n\r\n"), [b"HTTP/1.1 501 "]),
    (
        "a long reply follows",
        lambda connection: connection.data_received(GET),
        [b"HTTP/1.1 200 OK\r\nContent-Length: 8192"],
    ),
]


@for_each(("what", "happens", "after"), ENDS)
async def test_a_reply_that_waits_is_written_before_anything_else_happens_to_its_connection(
    what: str, happens: Callable[[AppConnection], object], after: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)

    class Leaving(Client):
        def close(self) -> None:
            self.writes.append(b"(closed)")

        write_eof = abort = close

    connection, _ = connected(Prompt(Replied(REPLY), Replied(LONG)))
    client = Leaving()
    connection.connection_made(client)

    def both() -> None:
        connection._site.outbox.put(Client(), b"of another connection")
        connection.data_received(GET)
        assert client.writes == []
        happens(connection)

    await outside(both)
    await pass_is_over()
    expected: list[bytes] = [OK, *after]
    found = [written[: len(start)] for written, start in zip(client.writes, expected, strict=False)]
    assert found == expected, what


async def test_many_connections_are_answered_each_with_its_own(lab: Lab) -> None:
    """Requests to an upstream wait as replies do."""

    async def script(wire: Any) -> None:
        while True:
            seen = await origin.read(wire)
            body = seen.target
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    wires = [await gateway.connect() for _ in range(20)]
    for turn in range(5):
        for number, wire in enumerate(wires):
            wire.send(GET.replace(b"/ ", b"/%d-%d " % (turn % 2, number)))
        bodies = [(await wire.message()).body for wire in wires]
        assert bodies == [b"/%d-%d" % (turn % 2, number) for number in range(20)]

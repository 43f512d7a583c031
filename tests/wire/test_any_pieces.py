"""In whatever pieces messages come, and however they are scheduled, they have one meaning: the same requests, and the same replies in their order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import BodyTruncatedError, Headers, Peer, Request, Response
from gateway.transports.bodies import gather
from gateway.wire import stepping
from gateway.wire.app_ending import Site
from gateway.wire.connections import Connections, Limits
from gateway.wire.protocol import AppConnection
from gateway.wire.reading import Heads
from tests.wire.test_at_once import Client
from tests.wire.test_server import Replied

MESSAGES = (
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /other?x=1 HTTP/1.1\r\nHost: a\r\nX-A: caf\xe9\r\n\r\n",
    b"\r\nDELETE /after/an/empty/line HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /short HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /",
    b"POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    b"POST /looks/like/one HTTP/1.1\r\nHost: a\r\nContent-Length: 27\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
)
"""Messages after which a connection goes on."""
LAST = (
    b"GET /close HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    b"GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    b"",
)
"""Messages that end it, and none. What is no message takes those with it that came in the same piece: the parser hands none of them out."""


class Echo:
    """Reads each request to its end, and says what it was; where it is told to, it takes its time."""

    max_head = 4096

    def __init__(self, *, slow: bool) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self.warnings: list[object] = []
        self._slow = slow

    def at_once(self, *_: object) -> Replied | None:
        return None

    async def answer(self, received: Request, _: Peer) -> Replied:
        try:
            body = await gather(received.body, 1 << 20)
        except BodyTruncatedError:
            body = b"(truncated)"
        said = body if isinstance(body, bytes) else b"(truncated)"
        if self._slow:
            await asyncio.sleep(0)
        self.asked.append((received.method, received.target, said))
        text = f"{received.method} {received.target} {said!r}".encode("latin-1")
        return Replied(Response(200, "OK", Headers.of({"Content-Length": str(len(text))}), text))

    def warn(self, event: str, **about: object) -> None:
        self.warnings.append((event, about.get("code")))

    async def finish(self, grace: float) -> None:
        pass


@dataclass
class Met:
    asked: list[tuple[str, str, bytes]]
    written: bytes
    ended: bool
    warnings: list[object]


async def met(pieces: list[bytes], known: Heads, *, slow: bool) -> Met:
    """Let a connection have these pieces, each when the one before was dealt with as far as it goes."""
    loop = asyncio.get_running_loop()
    echo = Echo(slow=slow)
    connections = Connections(Limits(), echo.warn)
    connection, client = AppConnection(Site(echo, connections, known), loop), Client()
    connections.opened(connection)
    connection.connection_made(client)
    for piece in pieces:
        loop.call_soon(connection.data_received, piece)  # in no task, as a loop does
        for _ in range(3):
            await asyncio.sleep(0)
    for _ in range(300):
        await asyncio.sleep(0)
        if not connection._busy and not connection._input.messages:
            break
    connection._site.outbox.flush()
    result = Met(echo.asked, b"".join(client.writes), client.ended, echo.warnings)
    connection.connection_lost(None)
    return result


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


@pytest.fixture(params=[False, True], ids=["at once", "tasks"])
def scheduling(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", request.param)


@pytest.mark.usefixtures("scheduling")
@given(
    st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=12),
    st.sampled_from(LAST),
    st.lists(st.integers(0, 1 << 16), max_size=12),
    st.booleans(),
)
def test_messages_mean_the_same_in_any_pieces(
    messages: list[bytes], last: bytes, places: list[int], slow: bool
) -> None:
    async def run() -> None:
        whole = b"".join(messages) + last
        known = Heads()
        expected = await met([*messages, last] if last else messages, Heads(), slow=False)
        assert len(expected.asked) >= len(messages)
        for pieces in ([whole], cut(whole, places), [*messages, last], [*messages, last], [*messages, last]):
            found = await met([piece for piece in pieces if piece], known, slow=slow)
            assert found == expected, pieces

    asyncio.run(run())


@pytest.mark.usefixtures("scheduling")
async def test_byte_by_byte() -> None:
    whole = b"".join(MESSAGES) + LAST[1]
    expected = await met([whole], Heads(), slow=False)
    assert len(expected.asked) == len(MESSAGES) + 1
    assert await met([bytes([byte]) for byte in whole], Heads(), slow=False) == expected

"""A body for two: each piece goes out when it comes, the last byte when the recording is done, and no more is held than may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.core.model import BodyTruncatedError, Headers
from gateway.transports.tee import Tee
from tests.legs import Pieces

EVENTS = Headers.of({"Content-Type": "text/event-stream;charset=utf-8"})


class Fed:
    """A body whose pieces come when the test says so; None is its end."""

    def __init__(self) -> None:
        self.coming: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self.coming.get()) is not None:
            yield piece

    async def aclose(self) -> None:
        self.closed = True


async def test_a_piece_goes_out_when_it_comes_and_the_end_waits_for_the_recording() -> None:
    fed = Fed()
    tee = Tee(fed, 100, EVENTS)
    reading = aiter(tee)
    for piece in (b"data: 1\n\n", b"data: 2\n\n"):
        fed.coming.put_nowait(piece)
        assert await anext(reading) == piece
    fed.coming.put_nowait(None)
    end = asyncio.ensure_future(anext(reading, b"the end"))
    await tee.ended.wait()
    await asyncio.sleep(0)
    assert (tee.end, tee.whole, end.done()) == ("whole", b"data: 1\n\ndata: 2\n\n", False)
    tee.release()
    assert await end == b"the end"


async def test_of_a_known_length_the_piece_that_completes_it_waits() -> None:
    tee = Tee(Pieces([b"ab", b"cd"]), 100, Headers.of({"Content-Length": "4"}))
    reading = aiter(tee)
    assert await anext(reading) == b"ab"
    last = asyncio.ensure_future(anext(reading))
    await tee.ended.wait()
    await asyncio.sleep(0)
    assert not last.done()
    tee.release()
    assert await last == b"cd"


async def test_beyond_the_limit_the_app_reads_on_by_itself() -> None:
    body = Pieces([b"x" * 60] * 4)
    tee = Tee(body, 100, Headers())
    await tee.ended.wait()
    assert (tee.end, body.read) == ("large", 2)
    tee.release()
    assert b"".join([piece async for piece in tee]) == b"x" * 240


async def test_a_body_that_breaks_off_breaks_off() -> None:
    tee = Tee(Pieces([b"half"], truncated=True), 100, Headers())
    await tee.ended.wait()
    tee.release()
    reading = aiter(tee)
    assert (tee.end, await anext(reading)) == ("cut off", b"half")
    with pytest.raises(BodyTruncatedError):
        await anext(reading)


async def test_an_app_that_leaves_ends_a_stream_without_an_end_and_no_other() -> None:
    endless, other, large = Fed(), Fed(), Pieces([b"x" * 60] * 4)
    tees = [Tee(endless, 100, EVENTS), Tee(other, 100, Headers()), Tee(large, 100, Headers())]
    await tees[2].ended.wait()
    for tee in tees:
        await tee.aclose()
        await tee.aclose()
    assert (tees[0].end, endless.closed, other.closed, large.closed) == ("left", True, False, True)
    for piece in (b"a", b"b", None):
        other.coming.put_nowait(piece)
    await tees[1].ended.wait()
    assert (tees[1].end, tees[1].whole) == ("whole", b"ab")

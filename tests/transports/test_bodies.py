"""A body is gathered up to a bound; what is larger, or cut off, streams on with all that was read of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import BodyTruncatedError
from gateway.transports.bodies import Resumed, close, gather
from tests.legs import Pieces


async def read(body: Resumed) -> tuple[bytes, bool]:
    """Return what comes of a body, and whether it came to its end."""
    pieces = b""
    try:
        async for piece in body:
            pieces += piece
    except BodyTruncatedError:
        return pieces, False
    return pieces, True


async def test_bytes_stay_bytes_whatever_the_limit() -> None:
    assert await gather(b"abc", 0) == b"abc"


@pytest.mark.parametrize(
    ("pieces", "limit", "whole"),
    [([], 0, True), ([b"ab", b"c"], 3, True), ([b"ab", b"c"], 2, False), ([b"abc"], 2, False), ([b""] * 3, 0, True)],
)
async def test_a_stream_is_gathered_up_to_the_limit(pieces: list[bytes], limit: int, *, whole: bool) -> None:
    stream = Pieces(pieces)
    body = await gather(stream, limit)
    if whole:
        assert body == b"".join(pieces)
    else:
        assert isinstance(body, Resumed)
        assert not body.truncated
        assert await read(body) == (b"".join(pieces), True)


async def test_no_more_is_read_than_tells_that_it_is_too_much() -> None:
    stream = Pieces([b"x" * 10] * 1000)
    await gather(stream, 15)
    assert stream.read == 2


@pytest.mark.parametrize("limit", [0, 1, 3, 100])
async def test_a_truncation_stays_one(limit: int) -> None:
    """Whoever is handed the body sees every byte that came, and that the end did not."""
    body = await gather(Pieces([b"ab", b"c"], truncated=True), limit)
    assert isinstance(body, Resumed)
    assert body.truncated is (limit >= 3)
    assert await read(body) == (b"abc", False)


async def test_giving_up_closes_what_the_body_comes_from() -> None:
    stream = Pieces([b"x"] * 9)
    body = await gather(stream, 1)
    await close(body)
    assert stream.closed
    await close(b"")


@given(pieces=st.lists(st.binary(max_size=9), max_size=9), limit=st.integers(0, 50), truncated=st.booleans())
async def test_nothing_is_lost_and_nothing_added(pieces: list[bytes], limit: int, *, truncated: bool) -> None:
    body = await gather(Pieces(pieces, truncated), limit)
    whole = b"".join(pieces)
    if isinstance(body, bytes):
        assert (body, truncated) == (whole, False)
        assert len(whole) <= limit
    else:
        assert await read(body) == (whole, not truncated)

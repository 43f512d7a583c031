"""What is known of an app's input after each piece: its messages, whether the next byte begins one, and how long nothing came of it."""

from __future__ import annotations

import asyncio

from aiohttp.base_protocol import BaseProtocol

from gateway.core.model import Request
from gateway.wire.app_input import FRAMING, Input, parser_of
from gateway.wire.reading import Head, Refusal, UploadError
from tests.harness.for_each import for_each
from tests.harness.sockets import GET

LONGEST = 1000
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

AFTER: list[tuple[list[bytes], int, bool, int, bool]] = [
    ([GET], 1, True, 0, False),
    ([GET, GET], 2, True, 0, False),
    ([GET + GET], 2, False, 0, False),
    ([GET + GET[:5]], 1, False, 0, False),
    ([GET[:5]], 0, False, 5, False),
    ([GET[:5], GET[5:9]], 0, False, 9, False),
    ([GET[:5], GET[5:]], 1, False, 0, False),
    ([b"\r\n"], 0, False, 2, False),
    ([POST], 1, False, 0, False),
    ([POST + b"body"], 1, True, 0, False),
    ([POST, b"body"], 1, False, 0, False),
    ([CHUNKED, b"1;a"], 1, False, 3, False),
    ([CHUNKED, b"1;a=b\r\nx"], 1, False, 0, False),
    ([CHUNKED, b"no chunk\r\n"], 2, False, 0, True),
    ([b"\0\r\n\r\n"], 1, False, 0, True),
    ([GET.replace(b"\r\n\r\n", b"\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")], 1, False, 0, True),
]


async def fed(pieces: list[bytes]) -> Input:
    """Return the input after these pieces, with no message taken."""
    loop = asyncio.get_running_loop()
    coming, protocol = Input(LONGEST), BaseProtocol(loop)
    parser = parser_of(protocol, loop, LONGEST)
    for piece in pieces:
        before = len(coming.messages)
        assert coming.feed(parser, piece, busy=False) == (len(coming.messages) > before)
    return coming


@for_each(("pieces", "messages", "aligned", "barren", "is_over"), AFTER)
async def test_after_each_piece_the_input_knows_where_it_is(
    pieces: list[bytes], messages: int, aligned: bool, barren: int, is_over: bool
) -> None:
    coming = await fed(pieces)
    assert (len(coming.messages), coming.aligned, coming.barren, coming.is_over) == (messages, aligned, barren, is_over)


async def test_a_message_is_taken_as_its_head_and_its_body_or_as_the_reason_to_refuse_it() -> None:
    coming = await fed([POST + b"body"])
    head, body = coming.take(None, LONGEST)
    assert isinstance(head, Head)
    assert isinstance(head.request, Request)
    assert (head.request.method, head.refusal, await body.read()) == ("POST", None, b"body")
    coming = await fed([b"DELETE / HTTP/1.1\r\na b: c\r\n\r\n"])
    refusal, _ = coming.take(None, LONGEST)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, coming.method) == ("malformed_request", "DELETE")


async def test_input_is_endless_after_as_many_bytes_as_a_head_may_have_with_its_framing() -> None:
    most = 2 * LONGEST + FRAMING
    assert not (await fed([b"\r\n" * (most // 2)])).is_endless
    assert (await fed([b"\r\n" * (most // 2), b"\r"])).is_endless


async def test_an_unfinished_upload_is_broken_off_and_a_whole_one_stays_whole() -> None:
    for pieces, error in (([POST, b"bo"], UploadError), ([POST, b"body"], type(None))):
        coming = await fed(pieces)
        coming.break_off("the client has left")
        _, body = coming.take(None, LONGEST)
        assert type(body.exception()) is error


async def test_an_input_that_has_ended_has_no_messages_and_drops_what_comes() -> None:
    coming = await fed([GET, GET])
    coming.end()
    assert (len(coming.messages), coming.aligned, coming.is_over) == (0, False, True)

"""Writes the reply to one message at the client's pace: whole, as a stream, damaged by a fault, or broken off.

Facts
-----
* A body is a `StreamReader` of aiohttp, as in version 3.14.5. At its end `is_eof` is true, though its bytes may still wait to be read.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Protocol

from aiohttp.streams import StreamReader

from gateway.core.model import BodyTruncatedError, Request
from gateway.wire.breaking import Breakable, write_damaged
from gateway.wire.handler import ToWrite
from gateway.wire.reading import Head, Incoming, UploadError
from gateway.wire.writing import Rendered, render, write_stream

BODY_SECONDS = 0.5
"""How long a reply waits for a short body that nobody reads, so that the connection can go on."""


class AppOutlet(Breakable, Protocol):
    """The connection of an app that gets a reply."""

    @property
    def connected(self) -> bool:
        """Whether the client is still there."""

    @property
    def writing_paused(self) -> bool:
        """Whether the client does not read."""

    @property
    def ends_now(self) -> bool:
        """Whether the connection is to end with its current reply."""

    def write_whole(self, data: bytes) -> None:
        """Take a whole reply; raise ConnectionResetError if the client has left."""

    def abort(self) -> None:
        """Close at once."""


async def write_reply(app: AppOutlet, head: Head, received: Request, payload: StreamReader, reply: ToWrite) -> bool:
    """Write the reply to a message, and return whether the connection serves again. `payload`: the message's body, as it comes in.

    If the client has left, or the reply's body broke off: ConnectionResetError.
    """
    if head.is_short and isinstance(received.body, Incoming) and not received.body.begun:
        # many clients send the body right behind the head, in its own packet
        await swallow(app, payload, BODY_SECONDS)
    response, damage = reply.response, reply.response.damage
    rendered = render(head, response, last=reply.last or app.ends_now or not payload.is_eof())
    try:
        if damage is not None and damage.concerns_wire:
            return await write_damaged(app, head, response, rendered, damage)
        if rendered.stream is None:
            app.write_whole(rendered.start)
            if app.writing_paused:
                await app.drained()
        else:
            await write_stream(app, rendered.start, rendered.stream, chunked=rendered.chunked)
    except BodyTruncatedError:
        _break_off(app, rendered)
        raise ConnectionResetError from None
    except BaseException:
        _break_off(app, rendered)
        raise
    return rendered.serves_again


async def swallow(app: AppOutlet, payload: StreamReader, seconds: float) -> None:
    """Read and drop an upload that nobody reads, so that its sender sees the reply. If the upload ends, the connection can go on."""
    end = monotonic() + seconds
    try:
        while not payload.is_eof() and (left := end - monotonic()) > 0 and app.connected:
            async with asyncio.timeout(left):
                await payload.readany()
    except (UploadError, TimeoutError):
        pass


def _break_off(app: AppOutlet, rendered: Rendered) -> None:
    """Close in the middle of a body. If the connection's end also ends the body, only a reset shows that bytes are missing."""
    if rendered.ends_with_connection:
        app.reset()
    else:
        app.abort()

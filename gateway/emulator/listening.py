"""A listener: a thin aiohttp server around a handler. It finishes open exchanges when it closes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

MAX_BODY = 1 << 20
# v1's device_info may be in the URL. aiohttp's own limit of 8,190 bytes is too small for it.
MAX_LINE = 1 << 16
# Longest time for calls in flight when the server closes, in seconds. An answer takes far less than a second.
GRACE = 5.0


class Serving:
    """A server that listens."""

    def __init__(
        self, runner: web.ServerRunner, site: web.TCPSite, in_flight: set[asyncio.Future[None]], host: str, port: int
    ) -> None:
        self._runner = runner
        self._site = site
        self._in_flight = in_flight
        self.host = host
        self.port = port

    @property
    def url(self) -> str:
        """The address on which it listens."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    async def close(self) -> None:
        """Stop listening, finish open exchanges, and close all connections. A second call does nothing.

        aiohttp's own shutdown comes last, since it stops reading at once, and an upload could not finish.
        """
        if self._site in self._runner.sites:
            await self._site.stop()
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=GRACE)
        await self._runner.cleanup()


async def listen(handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], host: str, port: int) -> Serving:
    """Listen on `host` and `port`; port 0 picks a free one. OSError if the port is in use."""
    in_flight: set[asyncio.Future[None]] = set()

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        in_flight.add(done)
        try:
            return await handle(request)
        finally:
            in_flight.discard(done)
            done.set_result(None)

    server = web.Server(
        handler,
        access_log=None,
        auto_decompress=False,
        logger=_LOG,
        max_line_size=MAX_LINE,
        max_field_size=MAX_LINE,
    )
    runner = web.ServerRunner(server, shutdown_timeout=GRACE)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return Serving(runner, site, in_flight, host, runner.addresses[0][1])


async def body_of(request: web.BaseRequest) -> bytes | None:
    """Return the body. None if it is larger than the limit."""
    # aiohttp's low-level server leaves 100 Continue to its handler (RFC 9110 section 10.1.1).
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


class _NoWireBytes(logging.Filter):
    """Drops aiohttp's log records about parsing. They contain the whole line that it could not parse, with its secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a record about the parsing of a message."""
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_LOG = logging.getLogger("gateway.emulator")
_LOG.addFilter(_NoWireBytes())

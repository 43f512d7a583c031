"""The emulator as a server of its own: a thin aiohttp shell around `Emulator.handle`."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict

from gateway.emulator.answers import REASONS
from gateway.emulator.cross_origin import permission, readable
from gateway.emulator.emulator import Emulator
from gateway.emulator.model import Answer, Call, Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.emulator.catalogue import Catalogue

__all__ = ["Options", "Serving", "run", "serve"]

MAX_BODY = 1 << 20
# v1's device_info may stand in the URL, where aiohttp's own limit of 8,190 bytes is too small for it.
MAX_LINE = 1 << 16
# What is in flight when the server closes gets this long; an answer takes far less than a second.
GRACE = 5.0


class Serving:
    """An emulator that listens."""

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
        """Where it listens."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    async def close(self) -> None:
        """Stop listening, finish what is in flight, end every connection.

        aiohttp's own shutdown stops reading at once, so that an upload could never finish: it comes last. To close twice is fine.
        """
        if self._site in self._runner.sites:
            await self._site.stop()
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=GRACE)
        await self._runner.cleanup()


async def serve(
    emulator: Emulator,
    host: str = "127.0.0.1",
    port: int = 0,
    ended: Callable[[Call, Answer, float], None] | None = None,
) -> Serving:
    """Listen on `host` and `port`; port 0 picks a free one. A port that is taken is an OSError.

    `ended` hears of each call, its answer, and the milliseconds that it took.
    """
    in_flight: set[asyncio.Future[None]] = set()

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        in_flight.add(done)
        try:
            return await _handle(emulator, request, ended)
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


async def run(
    host: str,
    port: int,
    options: Options,
    stop: asyncio.Event,
    say: Callable[[str], object],
    catalogue: Catalogue | None = None,
    ended: Callable[[Call, Answer, float], None] | None = None,
) -> None:
    """Serve until `stop` is set; `say` takes one line that says where, once it listens. `ended` is that of `serve`."""
    serving = await serve(Emulator(options, catalogue), host, port, ended)
    try:
        say(f"emulator listening on {serving.url}\n")
        await stop.wait()
    finally:
        await serving.close()


async def _handle(
    emulator: Emulator, request: web.BaseRequest, ended: Callable[[Call, Answer, float], None] | None
) -> web.Response:
    began = time.perf_counter()
    # The low-level server leaves it to its handler to ask for a body that waits (RFC 9110 section 10.1.1).
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await _body(request)
    if body is None:
        refused = web.Response(status=413, reason=REASONS[413])
        refused.force_close()
        return refused
    call = Call(
        method=request.method,
        target=_target(request),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers),
        body=body,
        now=time.time(),
        client=request.remote or "",
    )
    answer = _answer(emulator, call)
    if ended is not None:
        ended(call, answer, (time.perf_counter() - began) * 1000)
    return _response(answer)


def _answer(emulator: Emulator, call: Call) -> Answer:
    if not emulator.options.cors:
        return emulator.handle(call)
    return permission(call) if call.method == "OPTIONS" else readable(call, emulator.handle(call))


def _target(request: web.BaseRequest) -> str:
    """Return the request target's bytes as ISO-8859-1. aiohttp keeps them in its message; everything of its URL is re-quoted.

    A server takes the absolute form too (RFC 9112 section 3.2.2).
    """
    wire = request._message.path.encode("utf-8", "surrogateescape").decode("latin-1")  # noqa: SLF001 (nothing public has the raw target)
    return re.sub(r"^https?://[^/?#]*", "", wire, count=1, flags=re.IGNORECASE)


async def _body(request: web.BaseRequest) -> bytes | None:
    """Return the body; None where it is larger than we care for."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _response(answer: Answer) -> web.Response:
    return web.Response(
        status=answer.status, reason=answer.reason, headers=CIMultiDict(answer.headers), body=answer.body or None
    )


class _NoWireBytes(logging.Filter):
    """aiohttp logs a line that it cannot parse in full, secrets included; the client gets its 400 without that."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say no to what is about the parsing of a message."""
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_LOG = logging.getLogger("gateway.emulator")
_LOG.addFilter(_NoWireBytes())

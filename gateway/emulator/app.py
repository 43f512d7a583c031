"""The emulator as a server: a thin aiohttp shell around `Emulator.handle`."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

from aiohttp import web
from multidict import CIMultiDict

from gateway.emulator.answers import REASONS
from gateway.emulator.control import Control, control
from gateway.emulator.cross_origin import permission, readable
from gateway.emulator.emulator import Emulator
from gateway.emulator.listening import Serving, body_of, listen
from gateway.emulator.model import Answer, Call, Options

__all__ = ["Control", "Options", "Serving", "run", "serve"]


async def serve(
    emulator: Emulator,
    host: str = "127.0.0.1",
    port: int = 0,
    ended: Callable[[Call, Answer, float], None] | None = None,
) -> Serving:
    """Listen on `host` and `port`; port 0 picks a free one. OSError if the port is in use.

    `ended` is called with each call, its answer, and its duration in milliseconds.
    """

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        return await _handle(emulator, request, ended)

    return await listen(handler, host, port)


async def run(
    emulator: Emulator,
    host: str,
    port: int,
    stop: asyncio.Event,
    say: Callable[[str], object],
    ended: Callable[[Call, Answer, float], None] | None = None,
    controlled: Control | None = None,
) -> None:
    """Serve until `stop` is set. `say` gets a line with the address as soon as the emulator listens. `ended` is as in `serve`.

    `controlled` is the address of the emulator's own API. None: it has no such API.
    """
    serving = [await serve(emulator, host, port, ended)]
    try:
        if controlled is not None:
            serving.append(await control(emulator, controlled))
        say(f"emulator listening on {serving[0].url}\n")
        if controlled is not None:
            say(f"the emulator's control API listening on {serving[1].url}{controlled.told}\n")
        await stop.wait()
    finally:
        for each in serving:
            await each.close()


async def _handle(
    emulator: Emulator, request: web.BaseRequest, ended: Callable[[Call, Answer, float], None] | None
) -> web.Response:
    began = time.perf_counter()
    body = await body_of(request)
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
    """Return the request target's bytes as ISO-8859-1. aiohttp keeps them in its message; its URL is quoted in another way.

    A server must also accept the absolute form (RFC 9112 section 3.2.2).
    """
    wire = request._message.path.encode("utf-8", "surrogateescape").decode("latin-1")  # noqa: SLF001 (nothing public has the raw target)
    return re.sub(r"^https?://[^/?#]*", "", wire, count=1, flags=re.IGNORECASE)


def _response(answer: Answer) -> web.Response:
    return web.Response(
        status=answer.status, reason=answer.reason, headers=CIMultiDict(answer.headers), body=answer.body or None
    )

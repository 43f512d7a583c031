"""Answers client registration in a replay, so that an app that registers first can start offline. The credentials give access to nothing.

Facts
-----
* Calls to `/o/client` are never recorded. Only another tool's cassette can have an answer; then the answer is played.
* The same software on the same device gets the same credentials in every run. They are made from the software statement, the device's
  headers, and the caller's address.
* A token looks like the tokens in the documentation's samples, but has no valid signature. It is issued now, for six hours, for the client
  that asks. Each token is different, as at Adobe, so an app whose token was refused gets a new one.
* The checks judge these calls, and the calls with the token, as usual.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe.routes import LONGEST_PATH, is_of_clients, place_of
from gateway.core.adobe.signs import REGISTER, TOKEN
from gateway.core.equivalence import equivalent_path
from gateway.core.headers import end_to_end
from gateway.core.model import Headers, Request, Response, Send
from gateway.core.standing import AllStand, standing_of
from gateway.transports.bodies import close, gather

LONGEST = 1 << 16
"""Longest registration or token request that is read, in bytes. The samples in the documentation have about two thousand."""
_SAME = ("AP-Device-Identifier", "X-Device-Info")
"""Header fields that identify the device that registers."""
_ANSWERED = frozenset({REGISTER, TOKEN})


class Registrar(Struct, frozen=True):
    """Wraps the `send` of a replay."""

    play: Send
    clock: Callable[[], float]
    """Seconds since the epoch."""
    recorded: bool = False
    """Whether the cassette has such calls. Then its answers are used first."""

    def standing(self, request: Request) -> AllStand | None:
        """Return how to see whether a played answer stays the same. None for an answer that is made here."""
        return None if is_of_clients(request.path[:LONGEST_PATH]) else standing_of(self.play)(request)

    def send(self, request: Request) -> Awaitable[Response]:
        """Answer a registration or a token request. Play everything else."""
        return self._registered(request) if is_of_clients(request.path[:LONGEST_PATH]) else self.play(request)

    async def _registered(self, request: Request) -> Response:
        route = place_of(request.method, equivalent_path(request.path)[:LONGEST_PATH])
        if route.route is None or route.route.name not in _ANSWERED or route.misplaced:
            return await self.play(request)
        body = await gather(request.body, LONGEST)
        if not isinstance(body, bytes):
            await close(body)
            body = b""
        if self.recorded and (played := await self.play(replace(request, body=body))).source != "gateway":
            return played
        return await asyncio.to_thread(_made, route.route.name, replace(request, body=body), self.clock())


def _made(name: str, request: Request, now: float) -> Response:
    """Return the emulator's answer. This runs in a thread, since the first call imports the emulator, which takes a while."""
    from gateway.emulator.model import Call  # noqa: PLC0415  as said
    from gateway.emulator.registration import granted, registered  # noqa: PLC0415

    body = request.body if isinstance(request.body, bytes) else b""
    fields = tuple((field, value) for field in _SAME for value in request.headers.getall(field))
    moment = () if name == REGISTER else (now,)
    seed = sha256(repr((fields, request.client, body, *moment)).encode()).digest()
    call = Call(request.method, request.target, fields, body, now, request.client)
    answer = registered(call, seed) if name == REGISTER else granted(call, seed)
    return Response(answer.status, answer.reason, end_to_end(Headers.of(answer.headers)), answer.body)

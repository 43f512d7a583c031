"""Answers OPTIONS in place of the emulator and of a replayed cassette. A real upstream answers OPTIONS itself.

Facts
-----
* This module answers nothing for a real upstream, in any mode. With our permission, any web page could log televisions out.
* A browser's OPTIONS is not a call of the API. So it is not recorded, and the emulator does not count it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe.cross_origin import is_preflight, permission, readable
from gateway.core.asking import Ask, ask_of
from gateway.core.errors import is_replay_miss
from gateway.core.model import Request, Response, Send
from gateway.core.standing import AllStand, Standing, standing_of
from gateway.transports.bodies import close


class CrossOrigin(Struct, frozen=True):
    """The permission for apps in a browser."""

    stands_in: Callable[[str], bool]
    """Whether the emulator or a cassette answers for the upstream of this name."""
    is_on: bool
    """Whether the gateway gives permission (`cors`)."""
    says_off: Callable[[], None]
    """Called when a browser gets no permission because `cors` is off."""

    def around(self, send: Send, *, recorded: bool = False) -> Send:
        """Return a `send` that answers OPTIONS. `recorded`: the cassette has OPTIONS calls, so its answers are used first."""
        return _Permitting(self, send, recorded, standing_of(send)).send

    def readable(self, request: Request, reply: Response) -> Response:
        """Return a reply that the calling web page may read. The gateway's own errors are readable, too."""
        if self.is_on and "Origin" in request.headers and self.stands_in(request.upstream):
            return readable(request, reply)
        return reply


class _Permitting(Struct, frozen=True):
    """A `send` that answers OPTIONS if no real upstream does it."""

    allowed: CrossOrigin
    play: Send
    recorded: bool
    standing_behind: Standing

    def standing(self, request: Request) -> AllStand | None:
        """Return how to see whether the next such request gets the same answer. The sender behind decides."""
        return None if request.method == "OPTIONS" else self.standing_behind(request)

    def asking(self, request: Request) -> Ask | None:
        """Return the `asking` of the sender behind."""
        return None if request.method == "OPTIONS" else ask_of(self.play, request)

    def send(self, request: Request) -> Awaitable[Response]:
        """Answer a browser's OPTIONS, or pass the request on."""
        if request.method != "OPTIONS" or not self.allowed.stands_in(request.upstream):
            return self.play(request)
        return self._permitted(request)

    async def _permitted(self, request: Request) -> Response:
        if not self.allowed.is_on:
            if is_preflight(request):
                self.allowed.says_off()
            return await self.play(request)
        if self.recorded and not is_replay_miss(played := await self.play(replace(request, may_be_missing=True))):
            return played
        await close(request.body)
        return permission(request)

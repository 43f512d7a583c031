"""Serves the supervisor's built-in emulator to its workers. All workers must see the same logins, so there is only one emulator."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.core.model import Peer, Request, Response
from gateway.transports.bodies import close
from gateway.transports.emulator import EmulatorBridge
from gateway.wire.server import Server

if TYPE_CHECKING:
    from gateway.wiring.steered import SteeredGateway


class EmulatorServer:
    """Listens on this machine only. It starts with the first call of `port`."""

    def __init__(self, steered: Callable[[], SteeredGateway]) -> None:
        """`steered` returns the gateway that has the emulator."""
        self._steered = steered
        self._server: Server | None = None
        self._port = 0

    async def port(self) -> int:
        """Return the port on which it listens."""
        if self._server is None:
            self._server = Server(_Handler(self._steered))
            self._port = await self._server.start("127.0.0.1", 0)
        return self._port

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            await self._server.stop(0.0)


class _Reply:
    last = False

    def __init__(self, response: Response) -> None:
        self.response = response

    async def ended(self) -> None:
        """Close an answer that was not written to its end."""
        await close(self.response.body)


class _Handler:
    """Answers with the emulator."""

    def __init__(self, steered: Callable[[], SteeredGateway]) -> None:
        self._steered = steered

    @property
    def max_head(self) -> int:
        """The longest head of a request, in bytes."""
        return self._steered().config.limits.max_head

    def at_once(self, received: Request, peer: Peer, app: object) -> None:
        """Return None: every request is answered by `answer`."""

    async def answer(self, received: Request, peer: Peer) -> _Reply:
        """Answer a call."""
        del peer
        gateway = self._steered().gateway
        bridge = EmulatorBridge(gateway.parts.upstreams.emulator, time.time, gateway.config.limits.max_body)
        return _Reply(await bridge.send(received))

    def warn(self, event: str, **about: object) -> None:
        """Log an error of a connection."""
        self._steered().handler.warn(event, listener="emulator", **about)

    async def finish(self, grace: float) -> None:
        """Do nothing: an answer takes no time."""

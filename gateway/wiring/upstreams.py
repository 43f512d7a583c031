"""The upstreams of a configuration: each is made when the first request goes to it."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from gateway.config import PRODUCTION, Config
from gateway.core.model import Request, Response, Transport
from gateway.transports.upstream import Destination, Upstream

if TYPE_CHECKING:
    from gateway.emulator import Emulator


def transport_to(config: Config, name: str, emulator: Emulator | None = None) -> Transport:
    """Return what sends to an upstream; it has to be closed. `emulator` is the built-in one; without it, one is made."""
    upstream = config.upstreams[name]
    if upstream.origin.is_built_in:
        from gateway.transports.emulator import EmulatorBridge
        from gateway.wiring.emulator import emulator_of

        return EmulatorBridge(emulator or emulator_of(config.emulator), time.time, config.limits.max_body)
    return Upstream(
        Destination(
            name=name,
            origin=f"http://{upstream.origin.authority}" if upstream.origin.is_emulator else str(upstream.origin),
            source="emulator" if upstream.origin.is_emulator else "upstream",
            connect_to=str(upstream.connect_to) if upstream.connect_to is not None else None,
            ca_file=str(upstream.ca_file) if upstream.ca_file is not None else None,
            connect_seconds=upstream.timeout.connect,
            read_seconds=upstream.timeout.read,
            max_head=config.limits.max_head,
        )
    )


def origin_of(config: Config, name: str) -> str:
    """Return the origin that an upstream's name stands for in a cassette: an emulator's is the one it stands in for."""
    origin = config.upstreams[name].origin
    return PRODUCTION if origin.is_emulator else str(origin)


class Upstreams:
    """All of them as one transport, which sends a request to the upstream that it names."""

    def __init__(self, config: Config) -> None:
        """Take the configuration; raises EmulatorMistake where what it says of a built-in emulator is wrong."""
        self._config = config
        self._made: dict[str, Transport] = {}
        self._emulator: Emulator | None = None
        if config.emulator.needs_a_look and self._has_emulator:
            self._emulator = self.emulator

    @property
    def _has_emulator(self) -> bool:
        return any(upstream.origin.is_built_in for upstream in self._config.upstreams.values())

    @property
    def emulator(self) -> Emulator:
        """The built-in emulator: one, whatever the upstreams are called that stand for it."""
        from gateway.wiring.emulator import emulator_of

        if self._emulator is None:
            self._emulator = emulator_of(self._config.emulator)
        return self._emulator

    @property
    def connections(self) -> int:
        """How many connections were opened to all of them."""
        return sum(transport.connections for transport in self._made.values())

    def send(self, request: Request) -> Awaitable[Response]:
        """Send to the upstream that a request names."""
        transport = self._made.get(request.upstream)
        if transport is None:
            transport = self._made[request.upstream] = self._made_for(request.upstream)
        return transport.send(request)

    def _made_for(self, name: str) -> Transport:
        built_in = self._config.upstreams[name].origin.is_built_in
        return transport_to(self._config, name, self.emulator) if built_in else transport_to(self._config, name)

    async def aclose(self) -> None:
        """Close every one, though one fails at it."""
        async with AsyncExitStack() as stack:
            for transport in self._made.values():
                stack.push_async_callback(transport.aclose)

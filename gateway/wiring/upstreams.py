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


def transport_to(config: Config, name: str, emulators: dict[str, Emulator] | None = None) -> Transport:
    """Return what sends to an upstream; it has to be closed. A built-in emulator is the one of `emulators`, or a new one."""
    upstream = config.upstreams[name]
    if upstream.origin.is_built_in:
        from gateway.emulator import Emulator
        from gateway.transports.emulator import EmulatorBridge

        emulators = {} if emulators is None else emulators
        emulator = emulators.get(name) or emulators.setdefault(name, Emulator())
        return EmulatorBridge(emulator, time.time, config.limits.max_body)
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

    def __init__(self, config: Config, emulators: dict[str, Emulator] | None = None) -> None:
        """`emulators`: the built-in ones that are used already, by the name of their upstream; those that are made join them."""
        self._config = config
        self._emulators = {} if emulators is None else emulators
        self._made: dict[str, Transport] = {}

    @property
    def connections(self) -> int:
        """How many connections were opened to all of them."""
        return sum(transport.connections for transport in self._made.values())

    def send(self, request: Request) -> Awaitable[Response]:
        """Send to the upstream that a request names."""
        transport = self._made.get(request.upstream)
        if transport is None:
            transport = self._made[request.upstream] = transport_to(self._config, request.upstream, self._emulators)
        return transport.send(request)

    async def aclose(self) -> None:
        """Close every one, though one fails at it."""
        async with AsyncExitStack() as stack:
            for transport in self._made.values():
                stack.push_async_callback(transport.aclose)

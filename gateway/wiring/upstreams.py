"""The upstreams of a configuration. An upstream is made for its first request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from gateway.config import PRODUCTION, Config
from gateway.core.adobe.hosts import read_origin
from gateway.core.asking import Ask, ask_of
from gateway.core.model import Request, Response, Transport
from gateway.transports.upstream import Destination, Upstream
from gateway.wire.pool import Way

if TYPE_CHECKING:
    from gateway.emulator import Emulator


def transport_to(config: Config, name: str, emulator: Emulator | None = None, way: Way | None = None) -> Transport:
    """Return the transport to an upstream, on its `way`; the caller closes it. `emulator` is the built-in emulator; None makes a new one."""
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
        ),
        way,
    )


def origin_of(config: Config, name: str) -> str:
    """Return the origin of an upstream, as cassettes name it. An emulator has the origin of the API that it stands in for."""
    origin = config.upstreams[name].origin
    return PRODUCTION if origin.is_emulator else str(origin)


def is_public(config: Config, name: str) -> bool:
    """Return whether an upstream is on the internet: not an emulator, not on this machine, and not in this network."""
    upstream = config.upstreams[name]
    reached = f"https://{upstream.connect_to}" if upstream.connect_to is not None else str(upstream.origin)
    return not upstream.origin.is_emulator and not read_origin(reached).is_local


def _load_emulator() -> None:
    """Import the emulator's code, and read its catalogue. Both are then loaded for all emulators."""
    from gateway.emulator.catalogue import built_in

    built_in()


class Upstreams:
    """All upstreams as one transport. It sends a request to the upstream that the request names."""

    def __init__(self, config: Config, emulators: dict[str, Emulator] | None = None, way: Way | None = None) -> None:
        """`emulators` has the built-in emulator in use, by its settings. A new emulator is stored there in its place.

        Raises EmulatorMistake if the configuration of a built-in emulator is wrong.
        """
        self._config = config
        self._way = way
        self._emulators = {} if emulators is None else emulators
        self._section = repr(config.emulator)
        self._made: dict[str, Transport] = {}
        if config.emulator.needs_a_look and any(each.origin.is_built_in for each in config.upstreams.values()):
            self._emulator()

    def _emulator(self) -> Emulator:
        from gateway.wiring.emulator import emulator_of

        made = self._emulators.get(self._section)
        if made is None:
            made = emulator_of(self._config.emulator)
            self._emulators.clear()
            self._emulators[self._section] = made
        return made

    @property
    def emulator(self) -> Emulator:
        """The built-in emulator. Several upstreams may lead to it."""
        return self._emulator()

    @property
    def connections(self) -> int:
        """How many connections were opened to all upstreams."""
        return sum(transport.connections for transport in self._made.values())

    def send(self, request: Request) -> Awaitable[Response]:
        """Send a request to the upstream that it names."""
        transport = self._made.get(request.upstream)
        if transport is not None:
            return transport.send(request)
        if self._section not in self._emulators and self._config.upstreams[request.upstream].origin.is_built_in:
            return self._send_first(request)
        return self._transport(request.upstream).send(request)

    def asking(self, request: Request) -> Ask | None:
        """Return the `asking` of the upstream that a request names; None if it has no `asking`, such as the built-in emulator."""
        if self._config.upstreams[request.upstream].origin.is_built_in:
            return None
        return ask_of(self._transport(request.upstream).send, request)

    async def _send_first(self, request: Request) -> Response:
        """Load the emulator in a thread, then send. Few gateways need it at start, and loading takes about as long as a step of the loop may."""
        await asyncio.to_thread(_load_emulator)
        return await self._transport(request.upstream).send(request)

    def _transport(self, name: str) -> Transport:
        if name not in self._made:
            built_in = self._config.upstreams[name].origin.is_built_in
            self._made[name] = transport_to(self._config, name, self.emulator if built_in else None, self._way)
        return self._made[name]

    async def aclose(self) -> None:
        """Close all upstreams, even if one fails to close."""
        async with AsyncExitStack() as stack:
            for transport in self._made.values():
                stack.push_async_callback(transport.aclose)

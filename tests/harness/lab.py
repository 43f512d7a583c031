"""Starts what a test needs (origins, emulators, transports, servers, whole gateways), and stops all of it at the test's end."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from gateway.config import load
from gateway.core.headers import ForwardedFor
from gateway.core.model import Exchange, Rule, Send
from gateway.core.routing import Routing
from gateway.emulator import Emulator
from gateway.emulator import app as emulating
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.observers import Observers
from gateway.transports.upstream import Destination, Upstream
from gateway.wire.connections import Limits
from gateway.wire.server import Server
from gateway.wiring import serving
from gateway.wiring.lasting import Lasting
from tests.harness.sockets import PATIENCE, Message, Origin, Script, Wire, settle


@dataclass
class Witness:
    """An observer that keeps what it hears."""

    exchanges: list[Exchange] = field(default_factory=list)
    warnings: list[dict[str, object]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def began(self, exchange: Exchange) -> None:
        pass

    def ended(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self.changed.set()

    def warn(self, event: str, **about: object) -> None:
        self.warnings.append({"event": event, **about})
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until what was heard meets `condition`."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


class Gateway:
    """A server over a `send`, on a port of its own."""

    def __init__(self, server: Server, witness: Witness, port: int) -> None:
        self.server = server
        self.witness = witness
        self.port = port
        self._wires: list[Wire] = []

    async def connect(self, *, limit: int = 1 << 20) -> Wire:
        wire = Wire(*await asyncio.open_connection("127.0.0.1", self.port, limit=limit))
        self._wires.append(wire)
        return wire

    async def ask(self, *pieces: bytes, head_only: bool = False) -> Message:
        """Send one message on a connection of its own, and return the first answer."""
        wire = await self.connect()
        wire.send(b"".join(pieces))
        return await wire.message(head_only=head_only)

    async def stop(self) -> None:
        for wire in self._wires:
            wire.abort()
        await self.server.stop(grace=1)


class Running:
    """A whole gateway made of a configuration, and its log."""

    def __init__(self, running: serving.Serving, out: io.StringIO, upstream: Origin | None) -> None:
        self.serving = running
        self.out = out
        self._upstream = upstream
        self._wires: list[Wire] = []

    @property
    def port(self) -> int:
        return urlsplit(self.serving.url).port or 0

    @property
    def origin(self) -> Origin:
        """The origin that is its upstream."""
        assert self._upstream is not None
        return self._upstream

    async def connect(self, *, limit: int = 1 << 20) -> Wire:
        self._wires.append(Wire(*await asyncio.open_connection("127.0.0.1", self.port, limit=limit)))
        return self._wires[-1]

    async def ask(self, message: bytes) -> Message:
        """Send one message on a connection of its own that stays open; return the answer when the exchange is logged."""
        answer = await (await self.connect()).send(message).message()
        await settle()
        return answer

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the events of this name in the log."""
        events = [json.loads(line) for line in self.out.getvalue().splitlines()]
        return [event for event in events if event["event"] == name]

    def findings(self) -> list[dict[str, Any]]:
        """Return the findings in the log."""
        return [finding for event in self.events("exchange") for finding in event.get("findings", ())]

    async def stop(self) -> None:
        for wire in self._wires:
            wire.close()
        await self.serving.stop()


class Lab:
    """Starts things, and stops them in the reverse order."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self.lasting: Lasting | None = None
        """What the gateways that `run` starts share, and those that reload."""

    async def origin(self, *answers: bytes, script: Script | None = None, tls: ssl.SSLContext | None = None) -> Origin:
        return await self._stack.enter_async_context(Origin(*answers, script=script, tls=tls))

    async def emulator(self, emulator: Emulator | None = None) -> emulating.Serving:
        running = await emulating.serve(emulator or Emulator())
        self._stack.push_async_callback(running.close)
        return running

    async def upstream(self, to: Origin | emulating.Serving | None = None, /, **about: Any) -> Upstream:
        """Start the transport to an origin; `about` goes into its Destination."""
        about.setdefault("name", "lab")
        if to is not None:
            about.setdefault("origin", f"http://127.0.0.1:{to.port}")
        upstream = Upstream(Destination(**about))
        self._stack.push_async_callback(upstream.aclose)
        return upstream

    async def gateway(
        self,
        send: Send | Origin,
        *,
        routing: Routing | None = None,
        forwarded: ForwardedFor | None = None,
        rules: Sequence[Rule] = (),
        max_head: int = 1 << 16,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        **about: Any,
    ) -> Gateway:
        """Start a server over `send`, or over the transport to an origin: no configuration, no recording, no audit."""
        if isinstance(send, Origin):
            send = (await self.upstream(send, **about)).send
        witness = Witness()
        exchanges = Exchanges(
            send,
            routing=routing or Routing(upstream="lab"),
            forwarded=forwarded or ForwardedFor(),
            observers=Observers([witness]),
            rules=rules,
            max_head=max_head,
        )
        server = Server(exchanges, limits)
        gateway = Gateway(server, witness, await server.start("127.0.0.1", 0, tls))
        self._stack.push_async_callback(gateway.stop)
        return gateway

    async def run(
        self, mode: str, origin: Origin | None = None, environ: Mapping[str, str] | None = None, **settings: object
    ) -> Running:
        """Start what `gateway run` starts; a setting's name has `__` for a dot. With an origin, that is its upstream."""
        overrides: dict[str, object] = {"mode": mode, "listen.port": 0}
        if origin is not None:
            overrides |= {"upstreams.lab.origin": f"http://127.0.0.1:{origin.port}", "upstream": "lab"}
        overrides |= {name.replace("__", "."): value for name, value in settings.items()}
        out = io.StringIO()
        config = load(None, {}, overrides)
        running = Running(await serving.start(config, environ or {}, out, lasting=self.lasting), out, origin)
        self._stack.push_async_callback(running.stop)
        return running

"""Listens, reads each message, has it answered, and writes the reply.

What is used of aiohttp's low-level server beyond its documentation, in version 3.14.5: `_loop` and `_kwargs`, which go to each
protocol; `pre_shutdown` and `shutdown`.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

from aiohttp import web_server
from aiohttp.web_request import BaseRequest
from msgspec.structs import replace

from gateway.core.errors import gateway_error
from gateway.core.model import Peer
from gateway.system.descriptors import MOST, connections_that_fit
from gateway.wire import reading
from gateway.wire.accepting import Acceptor, bound_sockets
from gateway.wire.connections import IDLE_SECONDS, Connections, Limits
from gateway.wire.handler import Handler
from gateway.wire.protocol import AppConnection
from gateway.wire.reading import MAX_FIELDS, Refusal, read_request
from gateway.wire.writing import Written, write_reply

GRACE_SECONDS = 10.0
"""How long exchanges in flight may take to finish when the gateway is told to stop."""

LAST_SECONDS = 0.1
"""How long what was still not finished then may take to be cancelled."""


class Listener(web_server.Server):
    """aiohttp's low-level server with our limits, and a protocol that says nothing of what it could not parse."""

    def __init__(
        self,
        handler: Callable[[BaseRequest], Any],
        connections: Connections,
        *,
        max_head: Callable[[], int],
        warn: Callable[..., None],
    ) -> None:
        """`max_head` is asked for each new connection: bytes of a message's first line and fields."""
        super().__init__(
            handler,
            handler_cancellation=True,
            keepalive_timeout=IDLE_SECONDS,  # which nothing comes of: see AppConnection._process_keepalive
            lingering_time=reading.LINGER_SECONDS,
            tcp_keepalive=False,  # idle connections end long before the kernel would ask
            access_log=None,
            auto_decompress=False,
            max_headers=MAX_FIELDS,
        )
        self._counted = connections
        self._max_head = max_head
        self._warn = warn

    def __call__(self) -> AppConnection:
        """Make the protocol of a new connection."""
        longest = self._max_head()
        return AppConnection(
            self,
            self._counted,
            self._warn,
            loop=self._loop,
            max_line_size=longest,
            max_field_size=longest,
            **self._kwargs,
        )


class Server:
    """An HTTP/1.1 server before one that answers."""

    def __init__(self, handler: Handler, limits: Limits | None = None) -> None:
        """Without `limits` there may be as many connections as the descriptors allow."""
        self._handler = handler
        self._limits = limits or Limits()
        self._stopping = False
        """Whether each connection is to end with the reply that is on its way."""
        self._listener: Listener | None = None
        self._acceptor: Acceptor | None = None

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen, and return the port, which port 0 leaves to the system; an address that is taken is an OSError."""
        warn = self._handler.warn
        connections = Connections(self._fitting(), warn)
        self._listener = Listener(self._serve, connections, max_head=lambda: self._handler.max_head, warn=warn)
        listening = await bound_sockets(host, port)
        self._acceptor = Acceptor(listening, self._listener, connections, tls)
        return int(listening[0].getsockname()[1])

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Accept nothing more, and let what is in flight finish within `grace` seconds.

        aiohttp's own shutdown stops reading at once, so an upload could never finish; it gets what is left after the grace.
        """
        if self._acceptor is None or self._listener is None:
            return
        await self._acceptor.close()
        self._stopping = True
        await self._handler.finish(grace)
        self._listener.pre_shutdown()
        await self._listener.shutdown(LAST_SECONDS)

    async def _serve(self, raw: BaseRequest) -> Written:
        received = read_request(raw, self._handler.max_head)
        if isinstance(received, Refusal):
            status, code, reason = received
            self._handler.warn(
                "refused", peer=raw.remote or "", method=raw.method, code=code, status=status, reason=reason
            )
            return await write_reply(raw, gateway_error(received.status, received.code, received.message), close=True)
        reply = await self._handler.answer(received, Peer(raw.remote or ""))
        try:
            line = raw.protocol
            ends = reply.last or self._stopping or (isinstance(line, AppConnection) and line.is_last)
            return await write_reply(raw, reply.response, close=ends)
        finally:
            await reply.ended()

    def _fitting(self) -> Limits:
        """Return the limits, with no more connections than descriptors."""
        fit = connections_that_fit()
        if self._limits.most <= fit:
            return self._limits
        if self._limits.most < MOST:
            self._handler.warn("fewer connections than limits.max_connections", limit=fit, hint="raise ulimit -n")
        return replace(self._limits, most=fit)

"""Writes to an app: short replies together with those of other connections, all other bytes at once.

Facts
-----
* Undocumented parts of aiohttp that are used, as in version 3.14.5: `BaseProtocol`, which keeps reading and writing in step: `_paused`,
  `_drain_helper`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_parser import HttpParser

from gateway.wire.outbox import Outbox

SHORT = 1 << 13
"""A reply of at most this many bytes counts as written when the transport has it. The transport may still wait for the client."""


class Output(BaseProtocol):
    """The writing half of an app's connection."""

    __slots__ = ("_begun", "_outbox")

    def __init__(self, loop: asyncio.AbstractEventLoop, parser: HttpParser[Any], outbox: Outbox) -> None:
        super().__init__(loop, parser)
        self._outbox = outbox
        self._begun = False
        """Whether the current reply has begun to be written."""

    @property
    def _wire(self) -> asyncio.Transport | None:
        """The transport, after the outbox was emptied; for every write past the outbox, and for closing."""
        self._outbox.flush()
        return self.transport

    def write(self, data: bytes) -> None:
        """Write to the client. If it has left: ConnectionResetError."""
        wire = self._wire
        if wire is None or wire.is_closing():
            raise ConnectionResetError
        if data:
            self._begun = True
            wire.write(data)

    def write_whole(self, data: bytes) -> None:
        """Write a whole reply. A short reply goes out together with the replies of other connections."""
        wire = self.transport
        if len(data) > SHORT or wire is None or wire.is_closing():
            self.write(data)
            return
        self._begun = True
        self._outbox.put(wire, data)

    def write_interim(self, data: bytes) -> None:
        """Write an interim answer, unless the reply has begun or the client has left."""
        if (wire := self._wire) is not None and not self._begun:
            wire.write(data)

    async def drained(self) -> None:
        """Wait while the client does not read. If it has left: ConnectionResetError."""
        if self._paused:
            await self._drain_helper()
            if self.transport is None:
                raise ConnectionResetError

    def reset(self) -> None:
        """Close with a reset: bytes that were not sent yet are lost, and the client sees that the reply broke off."""
        wire = self._wire
        if wire is None:
            return
        if (its_socket := wire.get_extra_info("socket")) is not None:
            its_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.abort()

    def abort(self) -> None:
        """Close at once."""
        if (wire := self._wire) is not None:
            wire.abort()

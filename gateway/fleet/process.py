"""One worker, as its supervisor sees it: a process with a fresh interpreter, and the socket to it.

Facts
-----
* The interpreter is fresh (`exec`). A fork of this process would copy the event loop, and locks that threads hold.
* The socket is the worker's stdin. So the worker ends when the supervisor ends, even if the supervisor is killed.
* Secrets go through the socket. No secret is in an argument or in the environment.
* Listening sockets keep their numbers in the worker (`pass_fds`).
* The worker has its own session: Ctrl-C and the end of a terminal reach only the supervisor, which drains all workers.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterable
from signal import Signals

from gateway.fleet.local_socket import READ_AHEAD, Asking
from gateway.fleet.orders import Answer, Order

KILLED_AFTER = 5.0
"""Seconds in which a process must end after its socket is closed."""


class WorkerProcess:
    """A worker's process."""

    def __init__(self, process: subprocess.Popen[bytes], asking: Asking) -> None:
        self._process = process
        self._asking = asking

    @classmethod
    async def spawned(cls, command: list[str], inherited: Iterable[int]) -> WorkerProcess:
        """Start `command`. It inherits these descriptors, and its stdin is the socket."""
        ours, its = socket.socketpair()
        with its:
            try:
                process = subprocess.Popen(  # noqa: S603, ASYNC220  # our own; it is started in a millisecond
                    command,
                    stdin=its.fileno(),
                    stdout=subprocess.DEVNULL,
                    pass_fds=tuple(inherited),
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},  # it imports our code
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        reader, writer = await asyncio.open_connection(sock=ours, limit=READ_AHEAD)
        return cls(process, Asking(reader, writer))

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    async def ask(self, order: Order, seconds: float | None) -> Answer:
        """Give an order, and return its answer. WorkerGoneError if no answer comes within `seconds`."""
        return await self._asking.ask(order, seconds)

    async def ended(self) -> str:
        """Wait until the process has ended, and return how it ended."""
        await asyncio.shield(self._asking.ended)
        try:
            async with asyncio.timeout(KILLED_AFTER):
                status = await asyncio.to_thread(self._process.wait, KILLED_AFTER)
        except (TimeoutError, subprocess.TimeoutExpired):
            self.kill()
            status = await asyncio.to_thread(self._process.wait)
        return f"signal {Signals(-status).name}" if status < 0 else f"status {status}"

    def close(self) -> None:
        """Close the socket. The worker then finishes its exchanges, and ends."""
        self._asking.close()

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

"""The gateway's side of the worker. It starts the worker at the first job, sends one job at a time, and ends a worker that takes too long.

Facts
-----
* One socket is the worker's stdin and stdout. So no event loop must watch the child: asyncio on 3.11 does this only in the main thread,
  and the plugin's loop runs in another thread. When the gateway ends, the worker's stdin ends, and so does the worker.
* `multiprocessing` would import the program that started the gateway once more. This may be any test suite.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from signal import SIGPROF

from msgspec.msgpack import Decoder, Encoder

from gateway.core.redaction import Redaction
from gateway.redacting.jobs import Failed, Job, JobDone, Result, Setup, Task, packed, unpacked
from gateway.redacting.pipe import LENGTH, framed, length
from gateway.transports.redactor import NotRedactedError

BUDGET = 5.0
"""Time limit for one message, in seconds of processor time."""
PATIENCE = 10.0
"""Longest time that an app waits for a message, in seconds, with the time in the queue. A busy machine needs more than processor time."""
WAITING = 32
"""Largest number of waiting messages."""
WAITING_BYTES = 64 << 20
"""Largest size of all waiting messages, in bytes."""
AT_ONCE = 64
"""Number of secrets that are learned in one step of the loop. Each takes up to 0.1 ms."""
READ_AHEAD = 1 << 20

TOO_LONG = f"redacting it takes more than {BUDGET:g} s of processor time"
TOO_SLOW = f"it was not redacted within {PATIENCE:g} s"
TOO_MANY = "too many large messages were waiting to be redacted"
_ENCODER = Encoder()
_DECODER = Decoder(JobDone)

ENDED = "the process that redacts large messages ended"


class Worker:
    """A process with the same redaction as `redaction`, and with the same secrets."""

    def __init__(self, redaction: Redaction, settings: bytes | None, *, budget: float = BUDGET) -> None:
        """Take `settings`: `redaction` of the configuration, as JSON; None if it adds nothing."""
        self._redaction = redaction
        self._setup = Setup(redaction.key, redaction.lasting, settings)
        self._budget = budget
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._waiting_bytes = 0
        self._running: _Running | None = None
        self._ending: set[asyncio.Future[int]] = set()
        self.starts = 0
        """The number of processes that were started."""

    async def ask(self, job: Job, size: int) -> Result:
        """Return the result of a job about `size` bytes. Raises NotRedactedError if there is no result."""
        if self._waiting >= WAITING or (self._waiting and self._waiting_bytes + size > WAITING_BYTES):
            raise NotRedactedError(TOO_MANY)
        self._waiting += 1
        self._waiting_bytes += size
        try:
            async with asyncio.timeout(PATIENCE), self._turn:
                return await self._asked(job)
        except TimeoutError as error:
            raise NotRedactedError(TOO_SLOW) from error
        finally:
            self._waiting -= 1
            self._waiting_bytes -= size

    @property
    def is_running(self) -> bool:
        """Whether there is a process, also one that is ending."""
        return self._running is not None or bool(self._ending)

    @property
    def pid(self) -> int | None:
        """The process's id; None without a process."""
        return self._running.process.pid if self._running is not None else None

    async def aclose(self) -> None:
        """End the process."""
        self._end()
        await asyncio.gather(*self._ending)

    async def _asked(self, job: Job) -> Result:
        try:
            running = self._running or await self._start()
            secrets = packed(self._redaction.met_since(running.told))
            running.told = self._redaction.generation
            running.writer.write(framed(_ENCODER.encode(Task(job, secrets))))
            await running.writer.drain()
            done = _DECODER.decode(await _read(running.reader))
        except (OSError, asyncio.IncompleteReadError) as error:
            raise NotRedactedError(await self._why()) from error
        # the job was given up, or failed in an unknown way: the next answer would belong to another job
        except BaseException:
            self._end()
            raise
        await self._learn(unpacked(done.secrets))
        if isinstance(done.result, Failed):
            raise NotRedactedError(done.result.error)
        return done.result

    async def _learn(self, secrets: list[tuple[str, str]]) -> None:
        """Learn the secrets that the worker found, in steps. Other tasks run between the steps."""
        for at in range(0, len(secrets), AT_ONCE):
            self._redaction.learn(secrets[at : at + AT_ONCE])
            await asyncio.sleep(0)

    async def _start(self) -> _Running:
        process, ours = _spawned(self._budget)
        self.starts += 1
        try:
            reader, writer = await asyncio.open_connection(sock=ours, limit=READ_AHEAD)
        except BaseException:
            ours.close()
            process.kill()
            process.wait()
            raise
        self._running = _Running(process, reader, writer)
        writer.write(framed(_ENCODER.encode(self._setup)))
        return self._running

    async def _why(self) -> str:
        """End a process that does not answer any more, and return the reason."""
        ended = self._end()
        return TOO_LONG if ended is not None and await asyncio.shield(ended) == -SIGPROF else ENDED

    def _end(self) -> asyncio.Future[int] | None:
        """Kill the process, if there is one. Return a future of its exit status."""
        running, self._running = self._running, None
        if running is None:
            return None
        running.writer.transport.abort()
        running.process.kill()
        status = asyncio.get_running_loop().run_in_executor(None, running.process.wait)
        self._ending.add(status)
        status.add_done_callback(self._ending.discard)
        return status


class _Running:
    """A started process, and the connection to it."""

    def __init__(
        self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.process = process
        self.reader = reader
        self.writer = writer
        self.told = 0
        """The generation of the gateway's secrets that the process knows."""


def _spawned(budget: float) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a worker. Return the worker, and the gateway's end of the socket. It takes a millisecond, without an interruption."""
    ours, its = socket.socketpair()
    with its:
        try:
            process = subprocess.Popen(  # noqa: S603  # our own
                [sys.executable, "-P", "-m", "gateway.redacting.worker", str(budget)],
                stdin=its.fileno(),
                stdout=its.fileno(),
                stderr=subprocess.DEVNULL,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                },  # the worker imports from the same folders
                start_new_session=True,  # Ctrl-C at a terminal is for the gateway alone
            )
        except BaseException:
            ours.close()
            raise
    return process, ours


async def _read(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(length(await reader.readexactly(LENGTH)))

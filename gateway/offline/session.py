"""One address for a session of tests or for one command: a thread with a server that outlives the gateways behind it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from queue import SimpleQueue
from time import monotonic, time
from typing import Any, TypeVar, cast

from gateway.core.times import seconds_of
from gateway.offline.handover import Handover
from gateway.system.loops import new_loop
from gateway.wire.server import GRACE_SECONDS, Server
from gateway.wiring.assembly import Gateway
from gateway.wiring.lasting import Lasting

T = TypeVar("T")

HOST = "127.0.0.1"
SETTLING = 8
"""Number of turns of the loop until an exchange with a sent reply is observed, and a connection without its client is closed."""


class Session:
    """A thread with its own loop, and a server that outlives the gateways behind it.

    While there is no gateway, a request waits for the next one, as long as `Handover` allows.
    """

    def __init__(self, started: float | None = None) -> None:
        """Take the start of the whole run, in seconds since the epoch. None: the run starts now."""
        self._started = time() if started is None else started
        self._process = os.getpid()
        self.lasting = Lasting(began=self._started, is_of_suite=True)
        self._handover = Handover()
        self._server = Server(self._handover)
        self._loop = new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="pass-gateway", daemon=True)
        self._thread.start()
        self.url = f"http://{HOST}:{self.run(self._server.start(HOST, 0))}"
        """The address of the server. It is the same for every test."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the gateways' loop, and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    @property
    def idle(self) -> int:
        """Number of requests without an answer because no test had the gateway."""
        return self._handover.unanswered

    def call(self, what: Callable[[], T]) -> T:
        """Run a function on the gateways' loop after all exchanges with sent replies are observed. Return its result.

        Waiting for this is quicker than working meanwhile, since both threads need the interpreter.
        """
        if os.getpid() != self._process:
            message = "the gateway runs in the parent process; a forked child can only send requests to its url"
            raise RuntimeError(message)
        done: SimpleQueue[tuple[bool, Any]] = SimpleQueue()
        self._loop.call_soon_threadsafe(_settle, self._loop, what, done)
        well, result = done.get()
        if not well:
            raise result
        return cast("T", result)

    def is_older(self, cassette: Path) -> bool:
        """Whether a file has recordings from before the run."""
        try:
            about = cassette.stat()
        except OSError:
            return False
        return about.st_size > 0 and about.st_mtime < self._started

    def is_of_this_run(self, recorded_at: str) -> bool:
        """Whether an interaction was recorded since the start of the run. An invalid time counts as before."""
        at = seconds_of(recorded_at, zoned=True)
        return at is not None and at >= self._started

    def begin(self, gateway: Gateway) -> None:
        """Use a gateway from now on."""
        self._handover.hand_to(gateway.exchanges)

    def end(self, gateway: Gateway) -> None:
        """Wait for a gateway's open exchanges, then close it."""

        async def ended() -> None:
            latest = monotonic() + GRACE_SECONDS
            await gateway.exchanges.finish(GRACE_SECONDS)
            await gateway.close(max(0.0, latest - monotonic()))

        self._handover.hand_to(None)
        if gateway.exchanges.in_flight or not gateway.holds_nothing:
            self.run(ended())

    def close(self) -> None:
        """End the thread, and free the address."""
        self.run(self._server.stop())
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _settle(
    loop: asyncio.AbstractEventLoop,
    what: Callable[[], object],
    done: SimpleQueue[tuple[bool, Any]],
    left: int = SETTLING,
) -> None:
    """Call a function after `left` turns of the loop, and put its result, or its exception, into `done`."""
    if left:
        loop.call_soon(_settle, loop, what, done, left - 1)
        return
    try:
        done.put((True, what()))
    except BaseException as error:  # noqa: BLE001  # whoever waits is told
        done.put((False, error))

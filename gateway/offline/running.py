"""One address for a session of tests, and behind it one gateway after another: each test has its own, with its own cassette."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from gateway import assembly
from gateway.config import Config
from gateway.core.model import Finding
from gateway.journal import Entry
from gateway.offline.outcome import Outcome, Watch, line_of
from gateway.transports.overrides import Override, Overrides, made_answer

T = TypeVar("T")

HOST = "127.0.0.1"


class Session:
    """A thread with a loop of its own, and a listening socket that outlives the gateways behind it.

    Each gateway listens on a copy of the socket. Who connects while there is none waits for the next.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server((HOST, 0), backlog=1024)
        self._loop = new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="pass-gateway", daemon=True)
        self._thread.start()
        self._log = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # for as long as the session; close() closes it

    @property
    def url(self) -> str:
        """Where it listens: the same for every test."""
        return f"http://{HOST}:{self._socket.getsockname()[1]}"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the gateways' loop, and wait for the result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def start(self, config: Config, watch: Watch, around: Overrides) -> assembly.Gateway:
        """Start a gateway; raises what `assembly.start` does."""
        return self.run(
            assembly.start(config, os.environ, self._log, watch=watch, around=around.around, bound=self._socket.dup())
        )

    def close(self) -> None:
        """End the thread, and give the address back."""
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._socket.close()
        self._log.close()


def new_loop() -> asyncio.AbstractEventLoop:
    """Return the fastest loop there is."""
    with suppress(ImportError):  # there is none for this platform
        import uvloop  # noqa: PLC0415  # it is optional

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


@dataclass(frozen=True, slots=True)
class State:
    """All that is to be said of a gateway at one moment."""

    outcome: Outcome
    held: Mapping[str, bool]
    """The interactions that the cassette held, and whether each answered something."""
    unmet: list[str]
    """What `expect` was told and nobody asked for."""
    upstream_connections: int


class Offline:
    """What a test has of its gateway: the fixture `gateway`."""

    def __init__(self, session: Session, config: Config, cassette: str) -> None:
        """`cassette` is how messages call the file."""
        self._session = session
        self._config = config
        self._shown = cassette
        self._watch = Watch()
        self._overrides = Overrides()
        self._running = session.start(config, self._watch, self._overrides)
        self._connections = 0
        """Those of the gateways before this one."""
        self._stopped = False

    @property
    def url(self) -> str:
        """The gateway's address; it goes where https://api.auth.adobe.com stood."""
        return self._session.url

    @property
    def mode(self) -> str:
        """One of replay, record and auto."""
        return self._config.mode

    @property
    def cassette(self) -> Path:
        """The file that is played or recorded."""
        return self._config.cassette_path()

    @property
    def exchanges(self) -> list[Entry]:
        """What was sent and answered so far, without its secrets; the oldest of very many are forgotten."""
        return self._read(lambda: self._watch.journal.entries(self._running.redaction))

    @property
    def findings(self) -> list[Finding]:
        """What the checks found in those exchanges, in their order."""
        return [finding for entry in self.exchanges for finding in entry.findings]

    @property
    def misses(self) -> tuple[str, ...]:
        """The requests that had no answer in the cassette, each with what is nearest to it."""
        return self.outcome.misses

    @property
    def upstream_connections(self) -> int:
        """How many connections were opened to an upstream: 0 in a replay."""
        return self._connections + self._read(lambda: self._running.upstream_connections)

    @property
    def unplayed(self) -> list[str]:
        """The interactions of the cassette that answered nothing yet."""
        return list(self.outcome.unplayed)

    @property
    def outcome(self) -> Outcome:
        """All that is to be said of it so far."""
        return self._read(self._outcome)

    @property
    def state(self) -> State:
        """All that is to be said of it so far, read at one moment."""
        return self._read(self._state)

    def rewind(self) -> None:
        """Begin anew: every sequence plays from its start, and in mode auto what was recorded meanwhile plays, too."""
        if self.mode == "auto":
            self.stop()
            self._connections = self.upstream_connections
            self._running = self._session.start(self._config, self._watch, self._overrides)
            self._stopped = False
        elif self._running.player is not None:
            player = self._running.player
            self._read(player.rewind)

    def expect(
        self,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        json: object = None,
        method: str | None = None,
        path: str | None = None,
        times: int = 1,
        delay: float = 0.0,
    ) -> None:
        """Answer the next request in the cassette's place, or the next of that method and path (`*` is anything); `delay` is in seconds.

        One that nobody has asked for when the test ends fails it.
        """
        override = Override(made_answer(status, headers or {}, body, json), method, path, times, delay)
        self._read(lambda: self._overrides.waiting.append(override))

    def stop(self) -> None:
        """Let what is in flight finish, and stop listening."""
        self._session.run(self._running.stop())
        self._stopped = True

    def _read(self, what: Callable[[], T]) -> T:
        """Do something on the gateway's loop, when the exchanges are observed whose replies the test may have seen."""

        async def settled() -> T:
            await self._running.server.settle()
            return what()

        return what() if self._stopped else self._session.run(settled())

    def _state(self) -> State:
        unmet = [str(override) for override in self._overrides.left]
        return State(self._outcome(), self._held(), unmet, self._connections + self._running.upstream_connections)

    def _outcome(self) -> Outcome:
        player = self._running.player
        unplayed = player.unplayed if player is not None else ()
        return self._watch.outcome(self._shown, self._running.redaction, unplayed)

    def _held(self) -> dict[str, bool]:
        player = self._running.player
        if player is None:
            return {}
        unplayed = set(map(id, player.unplayed))
        redaction = self._running.redaction
        return {line_of(entry, redaction): id(entry) not in unplayed for entry in player.interactions}

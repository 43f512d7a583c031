"""One address for a session of tests, and behind it one gateway after another: each test has its own, with its own cassette."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any, TypeVar, cast

from gateway.assembly import Gateway, assemble
from gateway.config import Config
from gateway.core.model import Finding
from gateway.exchanges import Exchanges
from gateway.journal import Entry
from gateway.lasting import Lasting
from gateway.loops import new_loop
from gateway.offline.outcome import Outcome, Watch, line_of
from gateway.server import GRACE_SECONDS, Server
from gateway.transports.overrides import Override, Overrides, made_answer

T = TypeVar("T")

HOST = "127.0.0.1"
SETTLING = 10
"""Turns of the loop in which an exchange whose reply is out is observed."""


class Session:
    """A thread with a loop of its own, and a server that outlives the gateways behind it.

    Who asks while there is none waits for the next, for as long as `Server` lets them.
    """

    def __init__(self) -> None:
        self.lasting = Lasting()
        self._server = Server()
        self._loop = new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="pass-gateway", daemon=True)
        self._thread.start()
        self.url = f"http://{HOST}:{self.run(self._server.start(HOST, 0))}"
        """Where it listens: the same for every test."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the gateways' loop, and wait for the result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def call(self, what: Callable[[], T], exchanges: Exchanges) -> T:
        """Do something on the gateways' loop when those `exchanges` are observed whose replies are out, and wait for what it returns."""
        done: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

        def turn(left: int = SETTLING) -> None:
            if exchanges.in_flight and left:
                self._loop.call_soon(turn, left - 1)
                return
            try:
                done.put((True, what()))
            except BaseException as error:  # noqa: BLE001  # whoever waits is told
                done.put((False, error))

        self._loop.call_soon_threadsafe(turn)
        well, result = done.get()
        if not well:
            raise result
        return cast("T", result)

    def begin(self, gateway: Gateway[Any]) -> None:
        """Let a gateway answer from now on."""
        self._server.hand_to(gateway.exchanges)

    def end(self, gateway: Gateway[Any]) -> None:
        """Let what is in flight in a gateway finish, and close it."""

        async def ended() -> None:
            latest = monotonic() + GRACE_SECONDS
            await gateway.exchanges.finish(GRACE_SECONDS)
            await gateway.close(max(0.0, latest - monotonic()))

        self._server.hand_to(None)
        if gateway.exchanges.in_flight or not gateway.holds_nothing:
            self.run(ended())

    def close(self) -> None:
        """End the thread, and give the address back."""
        self.run(self._server.stop())
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass(frozen=True, slots=True)
class State:
    """All that is to be said of a gateway at one moment."""

    outcome: Outcome
    played: list[int]
    """The interactions of the cassette that answered something, by the lines on which they begin."""
    unplayed: Mapping[int, str]
    """The others, and what each is."""
    unmet: list[str]
    """What `expect` was told and nobody asked for."""
    upstream_connections: int
    heard: int
    """How many exchanges there were."""


class Offline:
    """What a test has of its gateway: the fixture `gateway`."""

    def __init__(self, session: Session, config: Config, cassette: Path, shown: str) -> None:
        """`shown` is how messages call the cassette. Raises what `assemble` does."""
        self._session = session
        self._config = config
        self.cassette = cassette
        """The file that is played or recorded."""
        self._shown = shown
        self._watch = Watch(None if config.mode == "replay" else config.cassettes.record)
        self._overrides = Overrides()
        self._connections = 0
        """Those of the gateways before this one, in mode auto."""
        self._played: set[int] = set()
        """The lines of what those have played or recorded."""
        self._gateway = self._begun()

    def _begun(self) -> Gateway[Watch]:
        gateway = assemble(
            self._config,
            os.environ,
            lambda *_: self._watch,
            around=self._overrides.around,
            cassette=self.cassette,
            lasting=self._session.lasting,
        )
        self._session.begin(gateway)
        return gateway

    @property
    def url(self) -> str:
        """The gateway's address; it goes where https://api.auth.adobe.com stood."""
        return self._session.url

    @property
    def mode(self) -> str:
        """One of replay, record and auto."""
        return self._config.mode

    @property
    def exchanges(self) -> list[Entry]:
        """What was sent and answered so far, without its secrets; the oldest of very many are forgotten."""
        return self._read(lambda: self._watch.journal.entries(self._gateway.redaction))

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
        return self._connections + self._read(lambda: self._gateway.upstream_connections)

    @property
    def unplayed(self) -> list[str]:
        """The interactions of the cassette that answered nothing yet."""
        return list(self.outcome.unplayed)

    @property
    def heard(self) -> int:
        """How many exchanges there were so far."""
        return self._read(lambda: self._watch.heard)

    @property
    def outcome(self) -> Outcome:
        """All that is to be said of it so far."""
        return self.state.outcome

    @property
    def state(self) -> State:
        """All that is to be said of it so far, read at one moment."""
        return self._read(self._state)

    def rewind(self) -> None:
        """Begin anew: every sequence plays from its start, and in mode auto what was recorded meanwhile plays, too."""
        if self.mode == "auto":
            self.stop()
            before = self.state
            self._connections = before.upstream_connections
            self._gateway = self._begun()
            held = self._gateway.player.interactions if self._gateway.player is not None else ()
            self._played = {entry.line for entry in held} - before.unplayed.keys()
        elif self._gateway.player is not None:
            self._read(self._gateway.player.rewind)

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
        """Let what is in flight finish, and answer no more."""
        self._session.end(self._gateway)

    def _read(self, what: Callable[[], T]) -> T:
        """Do something on the gateway's loop, when the exchanges are observed whose replies the test may have seen."""
        return self._session.call(what, self._gateway.exchanges)

    def _state(self) -> State:
        player, redaction = self._gateway.player, self._gateway.redaction
        left = [entry for entry in player.unplayed if entry.line not in self._played] if player is not None else []
        unplayed = {entry.line: line_of(entry, redaction) for entry in left}
        return State(
            self._watch.outcome(self._shown, redaction, unplayed.values()),
            [entry.line for entry in player.interactions if entry.line not in unplayed] if player is not None else [],
            unplayed,
            [str(override) for override in self._overrides.left],
            self._connections + self._gateway.upstream_connections,
            self._watch.heard,
        )

"""One address for a session of tests, and behind it one gateway after another: each test has its own, with its own cassette."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from time import monotonic, time
from typing import Any, TypeVar, cast

from msgspec import Struct

from gateway.assembly import Gateway, assemble
from gateway.config import Config
from gateway.core.age import seconds_of
from gateway.core.mistake import Mistake
from gateway.core.model import Finding
from gateway.journal import Entry
from gateway.lasting import Lasting
from gateway.loops import new_loop
from gateway.offline.outcome import Outcome, Watch, line_of
from gateway.server import GRACE_SECONDS, Server
from gateway.transports.overrides import Expected, Overrides

T = TypeVar("T")

HOST = "127.0.0.1"
SETTLING = 8
"""Turns of the loop in which an exchange whose reply is out is observed, and a connection closed that its client has left."""


class Session:
    """A thread with a loop of its own, and a server that outlives the gateways behind it.

    Who asks while there is none waits for the next, for as long as `Server` lets them.
    """

    def __init__(self, started: float | None = None) -> None:
        """Take the time when the run began of which this session is a part, in seconds since the epoch; without one it begins now."""
        self._started = time() if started is None else started
        self._process = os.getpid()
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

    @property
    def idle(self) -> int:
        """How many requests had no answer since no test had the gateway."""
        return self._server.unanswered

    def call(self, what: Callable[[], T]) -> T:
        """Do something on the gateways' loop when the exchanges are observed whose replies are out, and wait for what it returns.

        To wait while the loop settles is less than to work beside it: both threads want the interpreter, and hand it to and fro.
        """
        if os.getpid() != self._process:
            message = (
                "the gateway's thread is in another process: a forked child can ask its url, and nothing else of it"
            )
            raise RuntimeError(message)
        done: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

        def turn(left: int = SETTLING) -> None:
            if left:
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

    def is_older(self, cassette: Path) -> bool:
        """Whether a file holds what was recorded before the run."""
        try:
            about = cassette.stat()
        except OSError:
            return False
        return about.st_size > 0 and about.st_mtime < self._started

    def is_of_this_run(self, recorded_at: str) -> bool:
        """Whether an interaction was recorded since the run began; a time that is none was before."""
        at = seconds_of(recorded_at)
        return at is not None and at >= self._started

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


class State(Struct, frozen=True):
    """What is known of a gateway at one moment."""

    outcome: Outcome
    played: list[int]
    """The interactions of the cassette that answered something, by their positions in it."""
    unplayed: list[int]
    """The others."""
    unmet: list[str]
    """What `expect` was told and nobody asked for."""
    upstream_connections: int
    heard: int
    """How many exchanges there were."""


class CassetteExistsError(Mistake):
    """A recording would go into what was recorded before."""


class Offline:
    """What a test has of its gateway: the fixture `gateway`."""

    def __init__(self, session: Session, config: Config, cassette: Path, shown: str) -> None:
        """`shown` is how messages call the cassette. Raises what `assemble` does, and CassetteExistsError."""
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
        """The positions of what those have played or recorded."""
        if config.mode == "record" and session.is_older(cassette):
            message = f"{shown} was recorded before: delete it to record anew; mode auto records what it lacks"
            raise CassetteExistsError(message)
        self._gateway = self._begun()

    @property
    def _recorded(self) -> Iterator[int]:
        """The positions of what was recorded in this run, by a test before this one: who recorded it has asked for it."""
        player = self._gateway.player
        if player is None or self.mode == "replay":
            return iter(())
        return (at for at, entry in enumerate(player.interactions) if self._session.is_of_this_run(entry.recorded_at))

    def _begun(self) -> Gateway[Watch]:
        gateway = assemble(
            self._config,
            os.environ,
            lambda redaction, _: self._watch.of(redaction),
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
        return self.state.outcome.misses

    @property
    def upstream_connections(self) -> int:
        """How many connections were opened to an upstream: 0 in a replay."""
        return self.state.upstream_connections

    @property
    def unplayed(self) -> list[str]:
        """The interactions of the cassette that answered nothing yet."""
        return list(self.named(self.state.unplayed).values())

    def named(self, positions: Sequence[int]) -> dict[int, str]:
        """Return what the interactions at these positions are."""
        player, redaction = self._gateway.player, self._gateway.redaction
        if player is None or not positions:
            return {}
        return self._read(lambda: {at: line_of(player.interactions[at], redaction) for at in positions})

    @property
    def state(self) -> State:
        """What is known of it so far."""
        return self._read(self._state)

    def _state(self) -> State:
        player = self._gateway.player
        held = range(len(player.interactions)) if player is not None else range(0)
        left = set(player.unplayed).difference(self._played, self._recorded) if player is not None else set()
        return State(
            self._watch.outcome(self._shown),
            [at for at in held if at not in left],
            sorted(left),
            [str(override) for override in self._overrides.left],
            self._connections + self._gateway.upstream_connections,
            self._watch.heard,
        )

    def rewind(self) -> None:
        """Begin anew: every sequence plays from its start, and in mode auto what was recorded meanwhile plays, too."""
        if self.mode == "auto":
            self._session.end(self._gateway)
            before = self._state()
            self._connections = before.upstream_connections
            self._gateway = self._begun()
            held = len(self._gateway.player.interactions) if self._gateway.player is not None else 0
            self._played = set(range(held)).difference(before.unplayed)
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
        """Answer the next request in the cassette's place, or the next of that method and path (without its query; `*` is anything).

        `delay` is in seconds. One that nobody has asked for when the test ends fails it. What cannot be answered is a ValueError.
        """
        expected = Expected(
            status=status,
            headers=headers or {},
            body=body,
            json=json,
            method=method,
            path=path,
            times=times,
            delay=delay,
        )
        override = expected.override()
        self._read(lambda: self._overrides.waiting.append(override))

    def stop(self, *, whole: bool) -> State:
        """Let what is in flight finish, and answer no more; return what is known in the end.

        `whole`: the test, or the command, ran. Where it asked nothing of an upstream its recording is a file without a byte, and
        so it replays.
        """
        self._session.end(self._gateway)
        if whole and self.mode != "replay" and not self._watch.sent and not self.cassette.exists():
            try:
                self.cassette.parent.mkdir(parents=True, exist_ok=True)
                self.cassette.touch()
            except OSError as error:
                self._watch.warn("not recorded", error=error.strerror)
        return self._state()  # here, since nothing is left that could be at work there

    def _read(self, what: Callable[[], T]) -> T:
        """Do something on the gateway's loop: what it knows belongs to that thread."""
        return self._session.call(what)

"""The gateway of one test, or of one command: the value of the fixture `gateway`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from gateway.config import Config
from gateway.config.of_devices import same_for_all
from gateway.core.fault_words import fault_entry
from gateway.core.mistake import Mistake
from gateway.core.model import Exchange, Finding
from gateway.core.recorded import heads_of
from gateway.core.redaction import Redaction
from gateway.core.state import SharedState
from gateway.exchanges.journal import Entry, Journal, entries
from gateway.exchanges.log import Log, Sink
from gateway.exchanges.observers import Observers
from gateway.offline.emulated import EmulatorOfTest
from gateway.offline.outcome import Outcome, Watch, line_of, with_sessions
from gateway.offline.session import Session
from gateway.system.files import NEW_FILE, make_folder
from gateway.transports.faults import Faults, GivenFault, unmet
from gateway.transports.overrides import Expected, Overrides
from gateway.wiring.assembly import Gateway, assemble
from gateway.wiring.given_fault import given_fault
from gateway.wiring.parts import log_settings

if TYPE_CHECKING:
    from gateway.control.client import ControlClient
    from gateway.control.model import SessionEnded
    from gateway.offline.controlling import Controlling

T = TypeVar("T")


class CassetteExistsError(Mistake):
    """A recording would be appended to a cassette of an earlier run."""


class Offline:
    """The fixture `gateway`: a test's access to its gateway."""

    def __init__(
        self,
        session: Session,
        config: Config,
        cassette: Path,
        shown: str,
        *,
        draft: Path | None = None,
        sink: Sink | None = None,
    ) -> None:
        """`shown` is the cassette's name in messages. `draft` is recorded in its place. `sink` logs exchanges; None: they are not logged.

        Raises the errors of `assemble`, and CassetteExistsError.
        """
        self._session = session
        self._config = same_for_all(config)
        self.cassette = cassette
        """The file that is played or recorded."""
        self._file = draft or cassette
        self._shown = shown
        self._watch = Watch(None if config.mode == "replay" else config.cassettes.record)
        self._journal = Journal()
        self._log = Log(sink, log_settings(config)) if sink is not None else None
        self._observers = Observers([self._journal, self._watch, *([self._log] if self._log is not None else [])])
        self._overrides = Overrides()
        self._faults = Faults()
        self._control: Controlling | None = None
        self.sessions: list[SessionEnded] = []
        """The sessions that have ended."""
        self._connections = 0
        """Number of connections to an upstream that earlier gateways of this test have opened, in mode auto."""
        self._lost: Counter[str] = Counter()
        """The recordings that earlier gateways lost."""
        self._played: set[int] = set()
        """The positions of interactions that earlier gateways have played or recorded."""
        if config.mode == "record" and session.is_older(self._file):
            message = f"{shown} has recordings of an earlier run. To record everything again, delete it, or use --re-record (pytest: --gateway-re-record). Mode auto records only missing answers"
            raise CassetteExistsError(message)
        self._gateway = self._begun()
        self._reading = Lock()
        self._learnt_from: Redaction | None = None
        self._learnt = 0
        """The generation of secrets up to which `_readers` knows the secrets of `_learnt_from`."""
        self._readers: Redaction | None = None
        """Redacts in the thread that reads `exchanges`."""

    @property
    def _recorded(self) -> Iterator[int]:
        """The positions of interactions that an earlier test of this run has recorded. They do not count as unplayed."""
        player = self._gateway.player
        if player is None or self.mode == "replay":
            return iter(())
        return (
            at
            for at, head in enumerate(heads_of(player.interactions))
            if self._session.is_of_this_run(head.recorded_at)
        )

    def _observe(self, redaction: Redaction, state: SharedState) -> Observers:
        """Continue to watch, with the redaction and the state of the new gateway."""
        self._watch.of(redaction)
        if self._log is not None:
            self._log.of(redaction, state)
        return self._observers

    def _begun(self) -> Gateway:
        gateway = assemble(
            self._config,
            os.environ,
            self._observe,
            around=self._overrides.around,
            cassette=self._file,
            lasting=self._session.lasting,
            faults=self._faults,
        )
        self._session.begin(gateway)
        return gateway

    @property
    def control(self) -> ControlClient:
        """The control API of this gateway, for other processes. Its listener starts at the first use, on a free port.

        Misses and lost recordings of its sessions are counted here.
        """
        if self._control is None:
            from gateway.offline.controlling import Controlling  # noqa: PLC0415  # most suites never ask for it
            from gateway.offline.steered import CommandGateway  # noqa: PLC0415

            cassettes = replace(self._config.cassettes, name=str(self.cassette.absolute()))
            config = replace(self._config, cassettes=cassettes)
            steered = CommandGateway(config, self.url, lambda: self._gateway, self._journal, self._overrides)
            self._control = Controlling(self._session, steered, warn=self._watch.warn, ended=self.sessions.append)
        return self._control.client

    @property
    def url(self) -> str:
        """The gateway's address. Use it in place of https://api.auth.adobe.com."""
        return self._session.url

    @property
    def mode(self) -> str:
        """The mode: replay, record or auto."""
        return self._config.mode

    @property
    def emulator(self) -> EmulatorOfTest:
        """The built-in emulator, whose logins a test can read, reset and set."""
        return EmulatorOfTest(lambda: self._gateway, self._read, self.mode, self._config.upstream)

    @property
    def exchanges(self) -> list[Entry]:
        """The exchanges so far, without secrets. If there are very many, the oldest are forgotten."""
        with self._reading:
            kept, redaction, met, generation = self._read(self._kept)
            if self._readers is None or redaction is not self._learnt_from:
                self._learnt_from, self._readers = redaction, redaction.afresh()
            self._readers.learn(met)
            self._learnt = generation
            return entries(kept, self._readers)  # in this thread: it may take long, and the gateway must go on

    def _kept(self) -> tuple[Sequence[Exchange], Redaction, list[tuple[str, str]], int]:
        """Return the kept exchanges, and the secrets that were met since the last call."""
        redaction = self._gateway.redaction
        learnt = self._learnt if redaction is self._learnt_from else 0
        return self._journal.kept, redaction, redaction.met_since(learnt), redaction.generation

    @property
    def heard(self) -> bool:
        """Whether any request came."""
        return self._journal.count > 0

    @property
    def findings(self) -> list[Finding]:
        """The findings of these exchanges, in their order."""
        return self._read(lambda: [finding for kept in self._journal.kept for finding in kept.findings])

    @property
    def misses(self) -> tuple[str, ...]:
        """The requests without an answer in the cassette, each with the nearest recording."""
        return self.outcome.misses

    @property
    def upstream_connections(self) -> int:
        """Number of connections that were opened to an upstream. It is 0 in a replay."""
        return self.outcome.upstream_connections

    @property
    def recorded(self) -> int:
        """Number of interactions that the gateway has recorded."""
        return self._read(lambda: self._gateway.counts.recorded)

    @property
    def unplayed(self) -> list[str]:
        """The interactions of the cassette that have answered nothing yet."""
        return list(self.named(self.outcome.unplayed).values())

    def named(self, positions: Sequence[int]) -> dict[int, str]:
        """Return descriptions of the interactions at these positions."""
        player, redaction = self._gateway.player, self._gateway.redaction
        if player is None or not positions:
            return {}
        return self._read(lambda: {at: line_of(player.interactions[at], redaction) for at in positions})

    @property
    def outcome(self) -> Outcome:
        """The outcome so far."""
        return self._read(self._outcome)

    def _outcome(self) -> Outcome:
        player = self._gateway.player
        held = range(len(player.interactions)) if player is not None else range(0)
        left = set(player.unplayed).difference(self._played, self._recorded) if player is not None else set()
        observed = self._watch.outcome(self._shown, self._lost + Counter(self._gateway.counts.lost))
        return replace(
            with_sessions(observed, self.sessions),
            played=tuple(at for at in held if at not in left),
            unplayed=tuple(sorted(left)),
            unmet=(*map(str, self._overrides.waiting), *unmet(self._faults.given)),
            idle_faults=unmet(self._faults.configured),
            upstream_connections=self._connections + self._gateway.upstream_connections,
        )

    def rewind(self) -> None:
        """Play every sequence from its start. In mode auto, recordings of this run are also played."""
        if self.mode == "auto":
            self._end()
            before = self._outcome()
            self._connections = before.upstream_connections
            self._lost.update(self._gateway.counts.lost)
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
        """Answer the next request in place of the cassette, or the next request with this method and path.

        `path` has no query; in it, `*` matches any text. `delay` is in seconds. If the request does not come before the end of the test,
        the test fails. ValueError for an answer that cannot be sent.
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

    def fault(self, name: str, option: object = None, /, **said: object) -> GivenFault:
        """Add a fault until the end of the test: `gateway.fault("reset", at="head", nth=2)`.

        Name, options and conditions are those of `faults` in config.yaml (docs/reference/faults.md). `option` is the first option. The
        conditions are route, device, upstream, nth, probability, seed, times and schedule. Returns the fault; its `happened` counts. If no
        call matches it before the end of the test, the test fails. ValueError for a fault that cannot happen.
        """
        given = given_fault(fault_entry(name, option, said), self._config, f"given {len(self._faults.given)}")
        self._read(lambda: self._faults.given.append(given))
        return given

    def stop(self, *, whole: bool) -> Outcome:
        """Finish open exchanges, answer no more requests, and return the outcome.

        `whole`: a test has finished. If it sent nothing to an upstream, its recording is an empty file, so that it can be replayed. A
        command that never reached the gateway makes no such file.
        """
        if self._control is not None:
            self._control.stop()
        self._end()
        if whole and self.mode != "replay" and not self._watch.sent and not self.cassette.exists():
            try:
                make_folder(self.cassette.parent)
                self.cassette.touch(NEW_FILE)
            except OSError as error:
                self._watch.warn("not recorded", error=error.strerror)
                self._lost[error.strerror or type(error).__name__] += 1
        return self._outcome()  # in this thread, since the loop has no work left

    def _end(self) -> None:
        self._read(self._overrides.waits.end)
        self._session.end(self._gateway)

    def _read(self, what: Callable[[], T]) -> T:
        """Run a function on the gateway's loop, since the gateway's state belongs to that thread."""
        return self._session.call(what)

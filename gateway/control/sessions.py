"""Sessions: separate gateways for parallel tests, each on its own port. A session ends by DELETE, or after a time without calls."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from time import monotonic, time

from msgspec import Struct, to_builtins

from gateway.control.errors import ControlError
from gateway.control.model import SessionEnded, SessionShown, SessionWanted
from gateway.control.naming import cassette_named, new_cassette
from gateway.control.recordings import Recordings
from gateway.control.routes import ApiCall, Endpoint
from gateway.control.steering import Choice, Controlled, OpenSession, SessionReport, Steered
from gateway.core.bounded import Bounded
from gateway.core.times import stamp
from gateway.system.tasks import Tasks

MOST = 1000
"""How many sessions may be open at once."""
SWEEP_SECONDS = 0.5
_NUMBER = re.compile(r"[0-9a-f]{16}")


class _Entry(Struct):
    session: OpenSession
    label: str
    idle: float
    opened_at: float
    used: float
    """When somebody last used it, in seconds of a monotonic clock."""
    exchanges: int = 0
    """How many exchanges it had at the last sweep."""


class SessionTable:
    """The sessions that are open."""

    def __init__(
        self, controlled: Controlled, ended: Callable[[SessionEnded], None], clock: Callable[[], float] = monotonic
    ) -> None:
        """Take the process. `ended` is called with the report of each session that ends; `clock` is monotonic, in seconds."""
        self._controlled = controlled
        self._tell = ended
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self.recordings = Recordings(self._gateways)
        self._ended: Bounded[str, SessionEnded] = Bounded("sessions that have ended", 4 << 20, longest=1 << 18)
        self._sweeping: asyncio.Task[None] | None = None
        self._closing = Tasks()
        self._leaving: list[_Entry] = []
        """The sessions that are about to end."""

    def start(self) -> None:
        """From now on, end sessions that get no calls."""
        self._sweeping = asyncio.create_task(self._sweep())

    async def close(self) -> None:
        """End all sessions."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeping
        await asyncio.gather(*(self.end(id_, "stopped") for id_ in tuple(self._entries)), *self._closing)

    async def open(self, wanted: SessionWanted) -> SessionShown:
        """Open a session. Raises ControlError."""
        if len(self._entries) >= MOST:
            raise ControlError(429, "too_many_sessions", f"There are {MOST} sessions already. End some of them.")
        setting = self._controlled.main.setting
        mode = wanted.mode or setting.mode
        cassette: Path | None = None
        if wanted.cassette is not None:
            named = cassette_named if mode == "replay" else new_cassette
            cassette = await asyncio.to_thread(named, self._controlled.folder, wanted.cassette)
        with self.recordings.alone(mode, cassette or self._controlled.main.configured_cassette):
            try:
                session = await self._controlled.sessions.open(
                    Choice(wanted.mode, wanted.upstream, cassette), wanted.faults
                )
            except ValueError as error:
                raise ControlError(400, "invalid_fault", str(error)) from None
            id_ = token_hex(8)
            self._entries[id_] = _Entry(session, wanted.label, wanted.idle, time(), self._clock())
        return self.shown(id_)

    def of(self, id_: str) -> Steered:
        """Return the gateway of a session. This counts as a use of the session. Raises ControlError without such a session."""
        entry = self._entry(id_)
        entry.used = self._clock()
        return entry.session.steered

    def shown(self, id_: str) -> SessionShown:
        """Return a session as the API shows it. Raises ControlError without such a session."""
        entry = self._entry(id_)
        steered = entry.session.steered
        setting = steered.setting
        return SessionShown(
            id=id_,
            label=entry.label,
            url=steered.url,
            mode=setting.mode,
            upstream=setting.upstream,
            cassette=setting.cassette,
            opened_at=stamp(entry.opened_at),
            idle=entry.idle,
            exchanges=steered.journal.count,
        )

    @property
    def all(self) -> list[SessionShown]:
        """All open sessions, as the API shows them."""
        return [self.shown(id_) for id_ in self._entries]

    async def end(self, id_: str, why: str = "deleted") -> SessionEnded:
        """End a session, and return its report. Raises ControlError without such a session."""
        entry = self._entries.pop(id_, None)
        if entry is None:
            raise self._none(id_)
        ending = self._closing.start(self._end(id_, entry, why))  # goes on if the caller disconnects
        return await asyncio.shield(ending)

    async def _end(self, id_: str, entry: _Entry, why: str) -> SessionEnded:
        self._leaving.append(entry)
        cassette = entry.session.steered.setting.cassette
        try:
            report: SessionReport = await entry.session.close()
        finally:
            self._leaving = [other for other in self._leaving if other is not entry]
        ended = SessionEnded(id_, entry.label, cassette, why, report)  # type: ignore[arg-type]  # one of its words
        self._ended.put(id_, ended)
        self._tell(ended)
        return ended

    def _entry(self, id_: str) -> _Entry:
        entry = self._entries.get(id_)
        if entry is None:
            raise self._none(id_)
        return entry

    def _gateways(self) -> Iterator[Steered]:
        """Yield the main gateway, and the gateways of the sessions. A session that ends may still write."""
        yield self._controlled.main
        yield from [entry.session.steered for entry in (*self._entries.values(), *self._leaving)]

    def _none(self, id_: str) -> ControlError:
        ended: SessionEnded | None = self._ended.get(id_) if _NUMBER.fullmatch(id_) else None
        if ended is None:
            return ControlError(404, "session_unknown", "There is no session with this id.")
        return ControlError(410, "session_ended", f"The session has ended ({ended.why}).", report=_plain(ended.report))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = self._clock()
            for id_, entry in tuple(self._entries.items()):
                count = entry.session.steered.journal.count
                if entry.session.busy or count != entry.exchanges:
                    entry.used, entry.exchanges = now, count
                elif now - entry.used >= entry.idle:
                    asyncio.ensure_future(self._silent(id_))  # noqa: RUF006  # `end` keeps it

    async def _silent(self, id_: str) -> None:
        with suppress(ControlError):  # somebody else has ended it already
            await self.end(id_, "silent")


def _plain(report: SessionReport) -> dict[str, object]:
    told: dict[str, object] = to_builtins(report)
    return told


def endpoints(table: SessionTable) -> tuple[Endpoint, ...]:
    """Return the endpoints for sessions."""

    async def open_(asked: ApiCall) -> SessionShown:
        """Open a session: a separate gateway on its own port."""
        return await table.open(asked.body)

    async def list_(asked: ApiCall) -> list[SessionShown]:
        """List the open sessions."""
        del asked
        return table.all

    async def one(asked: ApiCall) -> SessionShown:
        """Show a session."""
        return table.shown(asked.path["session"])

    async def end(asked: ApiCall) -> SessionEnded:
        """End a session, and return its report: misses, interactions that were not played, findings."""
        return await table.end(asked.path["session"])

    return (
        Endpoint("GET", "/api/sessions", list_, gives=list[SessionShown]),
        Endpoint("POST", "/api/sessions", open_, gives=SessionShown, takes=SessionWanted, status=201),
        Endpoint("GET", "/api/sessions/{session}", one, gives=SessionShown),
        Endpoint("DELETE", "/api/sessions/{session}", end, gives=SessionEnded),
    )

"""Writes down the findings of calls that are not recorded: a later audit cannot learn of them from a recording."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict

from gateway.auditing.live import MADE_HERE
from gateway.core.adobe.routes import RoutePattern
from gateway.core.model import Exchange, Finding, Request, Response, Source
from gateway.core.times import stamp
from gateway.exchanges.observers import EndOnly
from gateway.exchanges.repeat import Repeat
from gateway.exchanges.shortened import MOST, shortened
from gateway.system.tasks import Tasks
from gateway.transports.recorder import Counts, is_recorded
from gateway.transports.recording_together import Tape
from gateway.transports.redactor import NotRedactedError, Redactor

WAITING = 256
"""Calls that may wait to be written."""


class Noting(EndOnly):
    """An observer that works after an exchange has ended, so that it delays no exchange."""

    def __init__(
        self,
        *,
        routes: Sequence[RoutePattern],
        redactor: Redactor,
        tape: Tape,
        origins: Callable[[str], str],
        recorded_with: str,
        counts: Counts,
        warn: Callable[..., None],
        on_leak: Literal["refuse", "warn"] = "refuse",
    ) -> None:
        """Take the arguments of a `Recorder`; `tape` is the file of findings."""
        self._routes = routes
        self._redactor = redactor
        self._tape = tape
        self._origins = origins
        self._recorded_with = recorded_with
        self._counts = counts
        self._warn = warn
        self._on_leak = on_leak
        self._tasks = Tasks()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be written."""
        return not self._tasks

    def warn(self, event: str, **about: object) -> None:
        """Do nothing: a warning is not written down."""

    def ended(self, exchange: Exchange) -> None:
        """Write down the findings, unless a cassette has the call: its route is recorded, and an upstream answered it."""
        if not exchange.findings:
            return
        for leg in exchange.legs:  # no `any`: this is done for most calls, and a generator costs more than the looking
            if self._is_recorded(leg.request, leg.response):
                return
        if len(self._tasks) >= WAITING:
            self._lose(exchange, "too many wait to be written")
            return
        self._tasks.start(self._write(_Call.of(exchange)))

    def repeated(self, repeat: Repeat) -> None:
        """Do the same for a repeated exchange. It is built only if it must be written down, since most calls are recorded instead."""
        legs = repeat.again.legs
        if repeat.kept.recorded is legs:
            return
        for request, answer in legs:
            if self._is_recorded(request, answer):
                repeat.kept.recorded = legs
                return
        self.ended(repeat.exchange)

    def _is_recorded(self, request: Request, answer: Response) -> bool:
        return answer.source not in MADE_HERE and is_recorded(request, self._routes)

    async def drain(self, seconds: float) -> None:
        """Wait until all findings are written, at most `seconds`; then give up the rest."""
        await self._tasks.drain(seconds)

    async def _write(self, call: _Call) -> None:
        try:
            await self._note(call)
        except asyncio.CancelledError:
            self._lose(call, "the gateway ended before it was written")
            raise
        except OSError as error:  # its text is the system's own; the text of another error may quote the call
            self._lose(call, error.strerror or type(error).__name__)
        except NotRedactedError as error:  # its text quotes nothing
            self._lose(call, str(error))
        except Exception as error:  # noqa: BLE001  # nobody else would hear of it
            self._lose(call, type(error).__name__)

    async def _note(self, call: _Call) -> None:
        made = await self._redactor.noted(
            call.request,
            Response(call.status),
            origin=self._origins(call.request.upstream),
            recorded_at=stamp(call.at),
            about={
                "id": call.id,
                "recorded_with": self._recorded_with,
                "device": call.request.device.name,
                "source": call.source,
                "findings": [asdict(finding) for finding in call.findings],
                **({"left_out": call.left_out} if call.left_out else {}),
            },
        )
        if made.leaks:
            self._warn("leak", id=call.id, on_leak=self._on_leak, places=[*made.leaks])
            if self._on_leak == "refuse":
                self._lose(call, "a secret was left in it (redaction.on_leak)")
                return
        await self._tape.add(made.block)

    def _lose(self, call: _Call | Exchange, why: str) -> None:
        """Count a call whose findings are lost. Warn of the first one, and whenever the count has doubled."""
        self._counts.findings_lost = lost = self._counts.findings_lost + 1
        if not lost & (lost - 1):
            self._warn("findings not written", id=call.id, why=why, lost=lost)


class _Call(Struct, frozen=True):
    """The part of an exchange that is written down."""

    id: str
    at: float
    request: Request
    """As the app sent it, without its body."""
    status: int
    source: Source
    findings: tuple[Finding, ...]
    left_out: dict[str, int]
    """How much was left out as too long, by the name of the part."""

    @classmethod
    def of(cls, exchange: Exchange) -> _Call:
        request, left_out = shortened(exchange)
        reply = exchange.reply
        return cls(exchange.id, exchange.at, request, reply.status, reply.source, exchange.findings[:MOST], left_out)

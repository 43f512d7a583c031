"""The outcome of one test or one command: misses, unplayed recordings, findings, and lost recordings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe.routes import LONGEST_PATH, RoutePattern, is_of_clients, place_of
from gateway.core.adobe.signs import REGISTER, TOKEN
from gateway.core.errors import is_replay_miss
from gateway.core.matching import shortened
from gateway.core.model import Exchange, Finding, Interaction, Leg, Request, Severity
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying
from gateway.core.severity import at_least
from gateway.core.text import printable
from gateway.core.wording import event_line, many
from gateway.transports.recorder import is_recorded

if TYPE_CHECKING:
    from gateway.control.model import SessionEnded

FAILED = 1
"""The exit status for a request without an answer, or a lost recording."""
MOST = 100
"""Largest number of kept misses, warnings and different findings. The first finding of each check is kept. Further misses are counted."""
LIVE = frozenset({"upstream", "emulator"})
"""The sources of answers that were not recorded before."""
HOW_TO_RECORD = "{0}auto records missing answers, if cassettes.record names their routes. After a change of cassettes.record, {1} records everything again"
"""{0} is the option for the mode, {1} the option for recording again. The cassette may hold calls that change
the API's state. After a change of cassettes.record, `auto` would then add answers of another state."""


class Found(Struct, frozen=True):
    """A finding, its first request, and how often it was found."""

    finding: Finding
    request: str
    times: int

    def __str__(self) -> str:
        found = self.finding
        often = f" (×{self.times})" if self.times > 1 else ""
        return f"{found.severity} {found.id} {self.request}: {found.where}: found {found.found}, expected {found.expected}{often}"


class Outcome(Struct, frozen=True):
    """The outcome of one gateway at one moment. Its texts have no secrets."""

    cassette: str = ""
    misses: tuple[str, ...] = ()
    """For each miss several lines: the request, and the nearest recording. Only the first `MOST` misses."""
    missed: int = 0
    """Number of misses."""
    findings: tuple[Found, ...] = ()
    warnings: tuple[str, ...] = ()
    """Problems of recordings or of the gateway."""
    lost: Mapping[str, int] = {}
    """Number of answers that were not recorded, by reason. A replay will miss them."""
    played: tuple[int, ...] = ()
    """The positions of the interactions that have answered something."""
    unplayed: tuple[int, ...] = ()
    """The positions of the interactions that have answered nothing."""
    unmet: tuple[str, ...] = ()
    """The test's expectations and faults that no request matched."""
    idle_faults: tuple[str, ...] = ()
    """The configuration's faults that no call matched."""
    upstream_connections: int = 0
    """Number of opened connections."""
    missed_by_sessions: int = 0
    """Number of the misses in sessions. Each of these names its own cassette."""

    def failing(self, fail_on: Severity | None) -> list[Found]:
        """Return the findings of this severity or worse."""
        if fail_on is None:
            return []
        return [found for found in self.findings if at_least(found.finding.severity, fail_on)]

    @property
    def in_cassette(self) -> str:
        """The words ` in CASSETTE` for the title about missing answers. Empty if an answer may be missing in the cassette of a session."""
        return "" if self.missed_by_sessions else f" in {self.cassette}"

    def no_answer(self) -> str:
        """Return the report of requests without an answer. Empty if there are none."""
        more = self.missed - len(self.misses)
        entries = [*self.misses, *([f"and {more} more"] if more else [])]
        return _block(f"{many(self.missed, 'request')} had no answer{self.in_cassette}", entries)

    def not_recorded(self) -> str:
        """Report the lost recordings and the reasons."""
        return lost(self.lost)

    def found(self) -> str:
        """Return the report of the findings."""
        return "\n".join(map(str, self.findings))


class Ran(Struct, frozen=True):
    """A command that has ended."""

    status: int
    """The command's own exit status in the form of a shell: if a signal ended it, 128 plus the signal's number."""
    problem: str
    """Why the command could not be started. Empty if it was started."""
    seconds: float
    outcome: Outcome
    unplayed: tuple[str, ...] = ()
    """The interactions that no request asked for."""
    recorded_anew: str = ""
    """The result of recording a cassette again."""

    @property
    def exit_status(self) -> int:
        """The exit status of `gateway exec`. A command that fails keeps its status, unless a request had no answer."""
        return FAILED if self.outcome.missed else self.status or (FAILED if self.outcome.lost else 0)

    def text(self) -> str:
        """Return the whole report on its requests."""
        outcome = self.outcome
        parts = [
            outcome.no_answer(),
            HOW_TO_RECORD.format("--mode ", "--re-record") if outcome.missed else "",
            outcome.not_recorded(),
            not_played(outcome.cassette, self.unplayed),
            _block(f"{many(len(outcome.idle_faults), 'fault')} met no call", outcome.idle_faults),
            _block(f"{many(len(outcome.unmet), 'expected request')} did not come", outcome.unmet),
            _block(f"{many(len(outcome.findings), 'finding')} (gateway explain ID)", [*map(str, outcome.findings)]),
            _block(many(len(outcome.warnings), "warning"), outcome.warnings),
        ]
        return "\n".join(part for part in parts if part)


def with_sessions(outcome: Outcome, ended: Sequence[SessionEnded]) -> Outcome:
    """Return the outcome of a command's gateway, with the misses and lost recordings of its sessions."""
    if not ended:
        return outcome
    lost = Counter(outcome.lost)
    misses, missed = list(outcome.misses), outcome.missed
    for session in ended:
        name = printable(session.label or session.id)
        misses += [f"session {name}, cassette {session.cassette}: {miss}" for miss in session.report.misses]
        missed += session.report.missed
        lost.update(session.report.lost)
    return replace(
        outcome,
        misses=tuple(misses[:MOST]),
        missed=missed,
        missed_by_sessions=missed - outcome.missed,
        lost=dict(lost),
    )


class Watch:
    """The observer that collects facts for the report of a test or a command."""

    def __init__(self, records: Sequence[RoutePattern] | None = None) -> None:
        """Take the routes that are recorded. None in a replay."""
        self._records = records
        self._redaction: Redaction | None = None
        self._misses: list[str] = []
        self._missed = 0
        self._found: dict[Finding, str] = {}
        self._times: Counter[Finding] = Counter()
        self._warned: list[str] = []
        self._unrecorded: set[str] = set()
        self._unanswered: set[str] = set()
        self.sent = False
        """Whether any request went to an upstream."""

    def of(self, redaction: Redaction) -> None:
        """Watch the gateway with this redaction from now on."""
        self._redaction = redaction

    def began(self, exchange: Exchange) -> None:
        """Do nothing: an exchange counts at its end."""

    def ended(self, exchange: Exchange) -> None:
        """Keep the facts about an exchange for the report."""
        for leg in exchange.legs:
            self._leg(leg)
        shown = ""
        for finding in exchange.findings:
            if finding in self._found:
                self._times[finding] += 1
            elif len(self._found) < MOST or all(finding.id != other.id for other in self._found):
                shown = shown or f"{exchange.received.method} {shortened(self._said(exchange.received).path)}"
                self._found[finding] = shown
                self._times[finding] = 1

    def _leg(self, leg: Leg) -> None:
        if leg.response.source in LIVE:
            self.sent = True
            if self._records is not None and not is_recorded(leg.request, self._records):
                self._say_unrecorded(leg.request)
        error = leg.response.headers.get("X-Gateway-Error") if leg.response.source == "gateway" else ""
        if is_replay_miss(leg.response):
            if leg.request.may_be_missing:
                return
            self._missed += 1
            if len(self._misses) < MOST:
                self._misses.append(_miss(leg, self._said(leg.request).target))
        elif error and error not in self._unanswered:
            self.sent = True
            self._unanswered.add(error)
            self.warn("the upstream did not answer", error=error)

    def _said(self, request: Request) -> Saying:
        assert self._redaction is not None  # noqa: S101  # a gateway that answers has one
        return Saying(self._redaction, request)

    def _say_unrecorded(self, request: Request) -> None:
        """Warn once for each route. Otherwise only the first replay would show that an answer is missing."""
        place = place_of(request.method, request.path[:LONGEST_PATH])
        named = place.route.name if place.route is not None else "not a route of the API"
        if named in {REGISTER, TOKEN} and not place.misplaced:
            return  # a replay answers registrations itself
        if named not in self._unrecorded:
            self._unrecorded.add(named)
            never = is_of_clients(request.path)
            hint = (
                "calls below /o/client are never recorded"
                if never
                else "cassettes.record does not name it: add it there (`v2` is all of /api/v2), and record again"
            )
            self.warn("not recorded", route=named, hint=hint)

    def warn(self, event: str, **about: object) -> None:
        """Keep a warning, as `event: key value, key value; hint`. It quotes nothing of a request."""
        facts = ", ".join(f"{key} {value}" for key, value in about.items() if key not in {"id", "hint"})
        said = event_line(event, facts, about.get("hint"))
        if len(self._warned) < MOST and said not in self._warned:
            self._warned.append(said)

    def outcome(self, cassette: str, lost: Mapping[str, int]) -> Outcome:
        """Return the outcome so far. `lost` is the number of lost recordings, by reason."""
        found = tuple(Found(finding, request, self._times[finding]) for finding, request in self._found.items())
        return Outcome(cassette, tuple(self._misses), self._missed, found, tuple(self._warned), dict(lost))


def _miss(leg: Leg, target: str) -> str:
    """Report a request without an answer, the nearest recording, and the differences."""
    said = json.loads(leg.response.body) if isinstance(leg.response.body, bytes) else {}
    lines = [f"{leg.request.method} {shortened(target)}", f"  {said.get('message', '')}"]
    for near in said.get("nearest", ()):
        lines.append(f"  nearest: line {near['line']}: {near['request']}")
        lines += [f"    {difference}" for difference in near["differs"]]
    if "nearest" in said and not said["nearest"]:
        lines.append("  It is empty.")
    return "\n".join(lines)


def line_of(interaction: Interaction, redaction: Redaction) -> str:
    """Return a description of an interaction for a person. Text that was not redacted is not quoted."""
    request = interaction.request
    return f"line {interaction.line}: {request.method} {Saying(redaction, request).target}"


def not_played(cassette: str, entries: Sequence[str]) -> str:
    """Return the report of unplayed interactions. Empty if there are none."""
    return _block(f"{many(len(entries), 'interaction')} of {cassette} not played", entries)


def lost(recordings: Mapping[str, int]) -> str:
    """Report the lost recordings and the reasons."""
    why = [f"{count} \u00d7 {reason}" for reason, count in recordings.items()]
    return _block(f"{many(sum(recordings.values()), 'recording')} lost; a replay will have no answer", why)


def _block(title: str, entries: Sequence[str]) -> str:
    return "\n".join([title, *("  " + entry.replace("\n", "\n  ") for entry in entries)]) if entries else ""

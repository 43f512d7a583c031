"""What became of the requests of one test, or of one command: misses, what was not played, findings, and what was not recorded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.core.adobe.call import LONGEST_PATH
from gateway.core.adobe.routes import RoutePattern, place_of
from gateway.core.model import Exchange, Finding, Interaction, Leg, Request, Severity
from gateway.core.redaction import Redaction
from gateway.journal import Journal
from gateway.transports.recorder import is_recorded

MISSES = frozenset({"gateway_replay_miss", "gateway_replay_exhausted"})
MISSED = 1
"""The exit status for a request that had no answer."""
MOST = 100
"""How many misses, warnings and different findings are kept; the rest is counted."""
LIVE = frozenset({"upstream", "emulator"})
"""Where an answer comes from that was not recorded before."""
RANK: dict[str, int] = {"info": 0, "warning": 1, "error": 2}


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, the first request that it is about, and how often it was found."""

    finding: Finding
    request: str
    times: int

    def __str__(self) -> str:
        found = self.finding
        often = f" (×{self.times})" if self.times > 1 else ""
        return f"{found.severity} {found.id} {self.request}: {found.where}: found {found.found}, expected {found.expected}{often}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is said in the end. All of it is text without secrets."""

    cassette: str = ""
    misses: tuple[str, ...] = ()
    """Each as several lines: the request, and what is nearest to it."""
    unplayed: tuple[str, ...] = ()
    findings: tuple[Found, ...] = ()
    warnings: tuple[str, ...] = ()
    """What went wrong with a recording, or in the gateway."""

    def failing(self, fail_on: Severity | None) -> list[Found]:
        """Return the findings that are bad enough."""
        if fail_on is None:
            return []
        return [found for found in self.findings if RANK[found.finding.severity] >= RANK[fail_on]]

    def missed(self) -> str:
        """Say what had no answer; nothing where nothing did."""
        return _block(f"{many(len(self.misses), 'request')} had no answer in {self.cassette}", self.misses)

    def not_played(self) -> str:
        """Say what nobody asked for."""
        return _block(f"{many(len(self.unplayed), 'interaction')} of {self.cassette} not played", self.unplayed)

    def found(self) -> str:
        """Say what the checks found."""
        return "\n".join(map(str, self.findings))

    def text(self) -> str:
        """Say all of it."""
        findings = _block(many(len(self.findings), "finding"), [str(found) for found in self.findings])
        parts = [self.missed(), self.not_played(), findings, _block(many(len(self.warnings), "warning"), self.warnings)]
        return "\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    status: int
    """Its own, as a shell says it: 128 and the number of the signal that ended it."""
    problem: str
    """Why it could not be started; empty where it was."""
    seconds: float
    outcome: Outcome

    @property
    def exit_status(self) -> int:
        """What `gateway exec` exits with."""
        return MISSED if self.outcome.misses else self.status


@dataclass(slots=True)
class Watch:
    """The server's observer for as long as a test or a command runs."""

    records: Sequence[RoutePattern] | None = None
    """The routes that are recorded; None in a replay."""
    journal: Journal = field(default_factory=Journal)
    missed: list[Leg] = field(default_factory=list)
    found: dict[Finding, str] = field(default_factory=dict)
    times: Counter[Finding] = field(default_factory=Counter)
    warned: list[str] = field(default_factory=list)
    unrecorded: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    heard: int = 0
    """How many exchanges there were."""

    def exchange(self, exchange: Exchange) -> None:
        """Keep the exchange, and what is to be said of it in the end."""
        self.heard += 1
        self.journal.exchange(exchange)
        for leg in exchange.legs:
            if self.records is not None and leg.response.source in LIVE and not is_recorded(leg.request, self.records):
                self._say_unrecorded(leg.request)
            error = leg.response.headers.get("X-Gateway-Error") if leg.response.source == "gateway" else ""
            if error in MISSES:
                if len(self.missed) < MOST:
                    self.missed.append(leg)
            elif error and error not in self.unanswered:
                self.unanswered.add(error)
                self.warn("the upstream did not answer", error=error)
        for finding in exchange.findings:
            if finding in self.found or len(self.found) < MOST:
                self.found.setdefault(finding, f"{exchange.received.method} {exchange.received.path}")
                self.times[finding] += 1

    def _say_unrecorded(self, request: Request) -> None:
        """Warn once for each route: whoever records a suite wonders at its first replay why an answer is missing."""
        route = place_of(request.method, request.path[:LONGEST_PATH]).route
        named = route.name if route is not None else "another than the API's"
        if named not in self.unrecorded:
            self.unrecorded.add(named)
            self.warn("not recorded", route=named, hint="cassettes.record does not name it")

    def warn(self, event: str, **about: object) -> None:
        """Keep a warning; it quotes nothing of a request."""
        if len(self.warned) < MOST:
            self.warned.append(": ".join([event, ", ".join(f"{k} {v}" for k, v in about.items() if k != "id")]))

    def outcome(self, cassette: str, redaction: Redaction, unplayed: Iterable[str]) -> Outcome:
        """Return what is to be said so far."""
        found = list(self.found.items())
        lines = {line: _redacted_line(line, redaction) for line in {line for _, line in found}}
        return Outcome(
            cassette,
            misses=tuple(miss(leg, redaction) for leg in self.missed),
            unplayed=tuple(unplayed),
            findings=tuple(Found(finding, lines[line], self.times[finding]) for finding, line in found),
            warnings=tuple(self.warned),
        )


def miss(leg: Leg, redaction: Redaction) -> str:
    """Say which request had no answer, what is nearest, and what differs."""
    said = json.loads(leg.response.body) if isinstance(leg.response.body, bytes) else {}
    lines = [f"{leg.request.method} {redaction.target(leg.request.target)}", f"  {said.get('message', '')}"]
    for near in said.get("nearest", ()):
        lines.append(f"  nearest: line {near['line']}: {near['request']}")
        lines += [f"    {difference}" for difference in near["differs"]]
    if "nearest" in said and not said["nearest"]:
        lines.append("  It is empty.")
    return "\n".join(lines)


def line_of(interaction: Interaction, redaction: Redaction) -> str:
    """Name an interaction for a person; what nobody redacted is not quoted."""
    request = interaction.request
    return f"line {interaction.line}: {request.method} {redaction.target(request.target)}"


def many(count: int, what: str) -> str:
    """Return `1 request`, `2 requests`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _redacted_line(line: str, redaction: Redaction) -> str:
    method, _, path = line.partition(" ")
    return f"{method} {redaction.target(path)}"


def _block(title: str, entries: Sequence[str]) -> str:
    return "\n".join([title, *("  " + entry.replace("\n", "\n  ") for entry in entries)]) if entries else ""

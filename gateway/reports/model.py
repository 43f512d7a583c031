"""The input of a report: the audited interactions of some cassettes, their findings, and which findings are new.

Facts
-----
* Every header, target and body here is already redacted. A report shows them as they are.
* A text from a cassette may contain anything. `printable` escapes the characters that would control a terminal or mislead a reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.checking import CheckInfo, NotJudged
from gateway.core.model import Finding, Request, Response, Severity
from gateway.core.severity import NOUNS, RANK, SEVERITIES, at_least
from gateway.core.verdict import Defect
from gateway.core.wording import many


class Reported(Struct, frozen=True):
    """A finding, and where it came from."""

    finding: Finding
    fingerprint: str
    """The fingerprint: the same for the same mistake in every recording."""
    live: bool = False
    """Whether it was found in live traffic, in a part that the cassette does not contain."""
    known: bool = False
    """Whether the baseline lists it."""


class ReportedDevice(Struct, frozen=True):
    """The device of a call."""

    name: str
    """Its name in the log, or its pseudonym."""
    description: str = ""
    """Its description of itself, such as `Apple TV 5th Gen`."""


class Audited(Struct, frozen=True):
    """An interaction and its findings."""

    cassette: str
    number: int
    """Its place in the cassette, from 1."""
    line: int
    """The line on which it begins, from 1. 0 if it is unknown."""
    recorded_at: str
    device: ReportedDevice
    origin: str
    request: Request
    response: Response
    findings: tuple[Reported, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    defects: tuple[Defect, ...] = ()

    @property
    def place(self) -> str:
        """Its place, such as `cassettes/logout.yaml:12`."""
        return f"{self.cassette}:{self.line}" if self.line else f"{self.cassette} #{self.number}"


class File(Struct, frozen=True):
    """One cassette, or the findings beside a cassette."""

    path: str
    """Relative to the working directory, with slashes."""
    interactions: tuple[Audited, ...]
    is_full: bool = False
    """Whether later calls are missing, since the file is full."""


class Group(Struct, frozen=True):
    """Equal findings of several interactions."""

    reported: Reported
    seen: tuple[Audited, ...]

    @property
    def device(self) -> str:
        """The names of the devices: `living-room-roku`, `living-room-roku and 2 other devices`. Empty if they are unknown."""
        names = [name for name in dict.fromkeys(audited.device.name for audited in self.seen) if name]
        if len(names) < 2:  # noqa: PLR2004  # one name, or no name
            return "".join(names)
        return f"{names[0]} and {many(len(names) - 1, 'other device')}"


class Sheet(Struct, frozen=True):
    """Width and colours for a report. Only the table uses them."""

    width: int = 120
    colour: bool = False


class Result(Struct, frozen=True, dict=True):
    """The outcome of an audit."""

    files: tuple[File, ...]
    checks: tuple[tuple[CheckInfo, Severity], ...]
    """The checks that ran, in their order, with the severity they had."""
    version: str = ""
    """The gateway's version."""
    fail_on: Severity | None = "error"
    compared: bool = False
    """Whether there was a baseline to compare with."""
    now: str = ""
    """The time at which tokens were judged. Empty: each token was judged at the time of its recording."""

    def against(self, known: frozenset[str]) -> Result:
        """Return the result compared with a baseline. A finding with a listed fingerprint is known. Every other finding is new."""
        files = tuple(
            replace(file, interactions=tuple(_compared(audited, known) for audited in file.interactions))
            for file in self.files
        )
        return replace(self, files=files, compared=True)

    @property
    def interactions(self) -> Iterator[Audited]:
        """All interactions, by cassette."""
        return (audited for file in self.files for audited in file.interactions)

    @property
    def findings(self) -> Iterator[tuple[Audited, Reported]]:
        """All findings, each with its interaction."""
        return ((audited, reported) for audited in self.interactions for reported in audited.findings)

    @cached_property
    def infos(self) -> dict[str, CheckInfo]:
        """The checks that ran, by id."""
        return {info.id: info for info, _ in self.checks}

    @cached_property
    def devices(self) -> tuple[ReportedDevice, ...]:
        """The devices in their order of appearance, each with the first description in its calls."""
        described: dict[str, str] = {}
        for audited in self.interactions:
            described[audited.device.name] = described.get(audited.device.name) or audited.device.description
        return tuple(ReportedDevice(name, description) for name, description in described.items())

    @cached_property
    def calls(self) -> int:
        """How many interactions there are."""
        return sum(len(file.interactions) for file in self.files)

    def count(self, *, new: bool = False) -> dict[Severity, int]:
        """Count the findings by severity. `new`: only the new findings."""
        found = [reported for _, reported in self.findings if not (new and reported.known)]
        return {severity: sum(r.finding.severity == severity for r in found) for severity in SEVERITIES}

    def fails(self, reported: Reported) -> bool:
        """Whether a finding is new, and severe enough to fail the audit."""
        if reported.known or self.fail_on is None:
            return False
        return at_least(reported.finding.severity, self.fail_on)

    @cached_property
    def failed(self) -> bool:
        """Whether any finding makes the audit fail."""
        return any(self.fails(reported) for _, reported in self.findings)

    def not_judged(self) -> dict[str, list[str]]:
        """Return the checks that could not judge, in their order, for each reason."""
        reasons: dict[str, set[str]] = {}
        for audited in self.interactions:
            for note in audited.not_judged:
                reasons.setdefault(note.reason, set()).add(note.id)
        return {reason: sorted(checks, key=self.place_of) for reason, checks in sorted(reasons.items())}

    def defects(self) -> list[Defect]:
        """Return the checks that raised an error, each once."""
        return sorted({defect for audited in self.interactions for defect in audited.defects}, key=lambda d: d.id)

    def groups(self, findings: Iterable[tuple[Audited, Reported]] | None = None) -> list[Group]:
        """Return findings, each once with all its places.

        New findings come before known findings, severe before mild. Otherwise, they are in the order of the checks.
        """
        same: dict[tuple[Finding, bool, bool], tuple[Reported, list[Audited]]] = {}
        for audited, reported in self.findings if findings is None else findings:
            key = (reported.finding, reported.live, reported.known)
            seen = same.setdefault(key, (reported, []))[1]
            if not (seen and seen[-1] is audited):
                seen.append(audited)
        groups = [Group(reported, tuple(seen)) for reported, seen in same.values()]
        return sorted(groups, key=self._rank)

    @cached_property
    def known(self) -> int:
        """How many findings the baseline lists."""
        return sum(reported.known for _, reported in self.findings)

    def title(self, check: str) -> str:
        """Return a check's title. Empty for a check that no longer exists."""
        return self.infos[check].title if check in self.infos else ""

    def place_of(self, check: str) -> tuple[int, str]:
        """Return the sort key of a check, by the order of the checks. A check that no longer exists comes last."""
        return self._places.get(check, len(self._places)), check

    def summary(self) -> str:
        """Return the result in one line."""
        if not self.calls:
            return "no calls"
        new = (
            f", {sum(self.count(new=True).values())} of them new"
            if self.compared and any(self.count().values())
            else ""
        )
        return f"{tally(self.count())}{new}, in {many(self.calls, 'call')} of {many(len(self.devices), 'device')}"

    def _rank(self, group: Group) -> tuple[bool, int, tuple[int, str]]:
        finding = group.reported.finding
        return group.reported.known, RANK[finding.severity], self.place_of(finding.id)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {info.id: number for number, (info, _) in enumerate(self.checks)}


def _compared(audited: Audited, known: frozenset[str]) -> Audited:
    findings = tuple(replace(reported, known=reported.fingerprint in known) for reported in audited.findings)
    return replace(audited, findings=findings)


def family(check: str) -> str:
    """Return the family of a check: its id without the number, which has three digits."""
    return check[:-3] if check[-3:].isdecimal() else check


def tally(counts: Mapping[Severity, int]) -> str:
    """Return the number of findings of each severity that occurs."""
    parts = [many(counts[severity], NOUNS[severity]) for severity in SEVERITIES if counts[severity]]
    return ", ".join(parts) or "nothing found"

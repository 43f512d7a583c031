"""An audit in the order of the page: devices by checks, the findings of each check, the calls, and a summary."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

from msgspec import Struct

from gateway.core.checking import CheckInfo
from gateway.core.model import Severity
from gateway.core.severity import NOUNS, RANK, SEVERITIES, worst
from gateway.core.wording import many
from gateway.reports.model import Audited, Group, Reported, ReportedDevice, Result, family

DEVICES = 200
"""Largest number of rows of the matrix."""
CALLS = 300
"""Largest number of rows of the list of calls."""
LONGEST_NAME = 26
"""Length of the longest device name that fits into a row, in characters."""


class Cell(Struct, frozen=True):
    """The findings of one check for one device."""

    id: str
    device: ReportedDevice
    check: str
    severity: Severity | None
    count: int
    not_judged: str
    groups: tuple[Group, ...]
    fresh: bool
    """Whether a finding in it is not in the baseline."""
    live: bool
    """Whether all its findings were found in live traffic."""

    @property
    def state(self) -> str:
        """The name of its style."""
        return self.severity or ("unjudged" if self.not_judged else "clean")


class DeviceRow(Struct, frozen=True):
    """One device."""

    device: ReportedDevice
    calls: int
    severity: Severity | None
    counts: dict[Severity, int]
    cells: tuple[Cell, ...]

    @property
    def clean(self) -> int:
        """Number of checks that could judge and found nothing."""
        return sum(cell.state == "clean" for cell in self.cells)


class Family(Struct, frozen=True):
    """Checks of one family: their ids begin with the same letters."""

    name: str
    checks: tuple[CheckInfo, ...]
    found: int
    """Number of its checks that found something."""


class Advice(Struct, frozen=True):
    """The findings of one check for all devices."""

    info: CheckInfo
    severity: Severity
    findings: int
    fresh: bool
    groups: tuple[Group, ...]
    cells: tuple[Cell, ...]


class Chip(Struct, frozen=True):
    """A finding of a call, and the cell with its details."""

    reported: Reported
    cell: Cell | None


class CallRow(Struct, frozen=True):
    """One interaction in the list of calls."""

    audited: Audited
    severity: Severity | None
    chips: tuple[Chip, ...]


class View:
    """The result, in the order of the page."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.summary = _sentence(result.summary())
        self.verdict = _verdict(result)
        described = Counter(device.description for device in result.devices)
        self.twins = {description for description, number in described.items() if number > 1}
        self.any_live = any(reported.live for _, reported in result.findings)
        self.found: dict[str, list[tuple[Audited, Reported]]] = {}
        for entry in result.findings:
            self.found.setdefault(entry[1].finding.id, []).append(entry)
        self.families = self._families()
        self.infos = [info for group in self.families for info in group.checks]
        rows = self._rows()
        self.rows = rows[:DEVICES]
        self.hidden_devices = len(rows) - len(self.rows)
        self.cells = {(cell.device.name, cell.check): cell for row in self.rows for cell in row.cells}
        self.advice = self._advice()
        self.silent = [info for info in self.infos if info.id not in self.found]
        self.counts = result.count()
        self.fresh = result.count(new=True)
        self.calls = [self._call(audited) for audited in islice(result.interactions, CALLS)]
        self.hidden_calls = result.calls - len(self.calls)
        self.bar = self._bar()
        self.period = _period(result)

    def label(self, device: ReportedDevice) -> str:
        """Return the part of a device's name that distinguishes it from the others on the page."""
        if not device.description:
            return short(device.name) or "no device"
        described = next(d.description for d in self.result.devices if d.name == device.name)
        return f"{described} {short(device.name)}" if described in self.twins else described

    def _families(self) -> list[Family]:
        """Return the checks by family. A live finding may come from a check that this gateway does not have."""
        infos = [info for info, _ in self.result.checks]
        infos += [_gone(check) for check in sorted(self.found.keys() - self.result.infos.keys())]
        families: dict[str, list[CheckInfo]] = {}
        for info in infos:
            families.setdefault(family(info.id), []).append(info)
        return [
            Family(name, tuple(checks), sum(info.id in self.found for info in checks))
            for name, checks in families.items()
        ]

    def _call(self, audited: Audited) -> CallRow:
        groups = self.result.groups((audited, reported) for reported in audited.findings)
        chips = tuple(
            Chip(group.reported, self.cells.get((audited.device.name, group.reported.finding.id))) for group in groups
        )
        return CallRow(audited, _worst(audited.findings), chips)

    def _rows(self) -> list[DeviceRow]:
        of_device: dict[str, list[Audited]] = {}
        for audited in self.result.interactions:
            of_device.setdefault(audited.device.name, []).append(audited)
        rows = [
            self._row(number, device, of_device[device.name])
            for number, device in enumerate(self.result.devices, start=1)
        ]
        return sorted(rows, key=lambda row: [-row.counts[severity] for severity in SEVERITIES])

    def _row(self, number: int, device: ReportedDevice, calls: list[Audited]) -> DeviceRow:
        found: dict[str, list[tuple[Audited, Reported]]] = {}
        unjudged: dict[str, str] = {}
        for audited in calls:
            for reported in audited.findings:
                found.setdefault(reported.finding.id, []).append((audited, reported))
            unjudged.update({note.id: note.reason for note in audited.not_judged})
        cells = tuple(
            self._cell(f"d{number}-{info.id}", device, info.id, found.get(info.id, []), unjudged.get(info.id, ""))
            for info in self.infos
        )
        reported_all = [reported for entries in found.values() for _, reported in entries]
        counts: dict[Severity, int] = {s: sum(r.finding.severity == s for r in reported_all) for s in SEVERITIES}
        return DeviceRow(device, len(calls), _worst(reported_all), counts, cells)

    def _cell(
        self, name: str, device: ReportedDevice, check: str, found: list[tuple[Audited, Reported]], not_judged: str
    ) -> Cell:
        reported = [entry for _, entry in found]
        return Cell(
            id=re.sub(r"[^\w-]", "-", name, flags=re.ASCII),
            device=device,
            check=check,
            severity=_worst(reported),
            count=len(found),
            not_judged=not_judged,
            groups=tuple(self.result.groups(found)),
            fresh=any(not entry.known for entry in reported),
            live=bool(reported) and all(entry.live for entry in reported),
        )

    def _advice(self) -> list[Advice]:
        entries = []
        for info in self.infos:
            found = self.found.get(info.id, [])
            severity = _worst([reported for _, reported in found])
            if severity is None:
                continue
            cells = tuple(cell for row in self.rows for cell in row.cells if cell.check == info.id and cell.severity)
            fresh = any(not reported.known for _, reported in found)
            entries.append(Advice(info, severity, len(found), fresh, tuple(self.result.groups(found)), cells))
        return sorted(entries, key=lambda entry: (not entry.fresh, RANK[entry.severity]))

    def _bar(self) -> list[tuple[str, float, float, str]]:
        """Return the parts of the bar: the calls by their worst finding. A part has a name, start and width in percent, and a text."""
        states: dict[str, int] = dict.fromkeys((*SEVERITIES, "clean"), 0)
        for audited in self.result.interactions:
            states[_worst(audited.findings) or "clean"] += 1
        parts, start = [], 0.0
        for state, number in states.items():
            width = 100 * number / self.result.calls if self.result.calls else 0.0
            if number:
                parts.append(
                    (state, start, width, f"{many(number, 'call')} {'clean' if state == 'clean' else 'with ' + state}")
                )
            start += width
        return parts


def short(name: str) -> str:
    """Return a device's name, shortened if it is long. The end stays, since it distinguishes devices."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 10]}…{name[-9:]}"


def when(recorded_at: str) -> str:
    """Return a time for a reader: `2026-11-27 01:43:40`."""
    return re.sub(r"T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)?$", r" \1", recorded_at)


def _worst(found: list[Reported] | tuple[Reported, ...]) -> Severity | None:
    return worst(reported.finding.severity for reported in found)


def _gone(check: str) -> CheckInfo:
    return CheckInfo(check, "info", "Found live, by a rule or by a check that no longer exists", "", "", "")


def _period(result: Result) -> str:
    dates = sorted(audited.recorded_at for audited in result.interactions if audited.recorded_at)
    if not dates:
        return ""
    first, last = when(dates[0]), when(dates[-1])
    day = first.partition(" ")[0]
    if first == last:
        return f"recorded {first} UTC"
    return f"recorded {first} – {last.partition(' ')[2] if last.startswith(day) else last} UTC"


def _verdict(result: Result) -> str:
    """Return the most important result, for a person who reads nothing else."""
    of = many(len(result.devices), "device")
    for severity in SEVERITIES:
        found = [(audited, reported) for audited, reported in result.findings if reported.finding.severity == severity]
        if found:
            devices = len({audited.device.name for audited, _ in found})
            fresh = sum(not reported.known for _, reported in found)
            new = f", {fresh} new," if result.compared else ""
            return f"{many(len(found), NOUNS[severity])}{new} on {f'{devices} of ' if devices < len(result.devices) else ''}{of}"
    return f"Nothing found on {of}" if result.calls else "No calls"


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}"

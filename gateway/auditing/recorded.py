"""Audits cassettes: judges each interaction at the time of its recording.

Facts
-----
* Each cassette is audited by itself, in the order of its times. Its findings depend on no other file.
* The clock is the interaction's own time, so the same cassette gives the same findings next year. With `now`, tokens and other end
  times are judged at that time. The time between two calls stays as recorded.
* A cassette does not show the message as it came in, calls that were not recorded, or values that were redacted. For these, the audit
  takes the live findings. Everything else is judged again, by today's checks.
* A report is redacted, also if another tool has recorded the cassette.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from secrets import token_bytes

from msgspec import Struct
from msgspec.structs import replace

import gateway
from gateway.auditing.auditor import Auditor
from gateway.auditing.explaining import UnknownCheckError
from gateway.auditing.words import in_words_of
from gateway.cassettes.errors import CassetteError
from gateway.cassettes.files import findings_path, is_findings, recordings
from gateway.cassettes.findings import Findings, load_findings
from gateway.cassettes.reader import load
from gateway.core.audit import Audit, Setting
from gateway.core.checking import AnswerCheck, Check, Judged, OverTimeCheck, TimedCheck
from gateway.core.checks import CHECKS
from gateway.core.mistake import Mistake
from gateway.core.model import Finding, Interaction, Request, Severity
from gateway.core.platforms import describe
from gateway.core.recorded_devices import device_names
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying, said_of
from gateway.core.severity import SEVERITIES
from gateway.core.text import printable
from gateway.core.times import date_of, seconds_of
from gateway.core.unseen import digest_of, unseen_of
from gateway.core.verdict import Verdict
from gateway.reports import html
from gateway.reports.baseline import fingerprint
from gateway.reports.model import Audited, File, Reported, ReportedDevice, Result, Sheet
from gateway.system.files import replace_file

Progress = Callable[[str, int, int], None]
"""Is called after each interaction with the cassette's name, the number of judged interactions, and the number of all interactions."""


def audit(
    paths: Sequence[Path],
    *,
    redaction: Redaction | None = None,
    settings: Mapping[str, Setting] | None = None,
    fail_on: Severity | None = "error",
    now: float | None = None,
    progress: Progress | None = None,
    checks: Sequence[Check] = CHECKS,
) -> Result:
    """Audit the cassettes at `paths`. A path may be a folder of cassettes.

    `settings` are the configuration's `audit.checks`. Raises CassetteError for a file that cannot be read, Mistake for several such files,
    and UnknownCheckError for a setting of an unknown check.
    """
    reading = _reading(redaction, settings, now, checks)
    return reading.result(tuple(reading.files(recordings(paths), progress)), fail_on)


def audit_noted(
    sources: Mapping[Path, Sequence[Interaction]],
    *,
    redaction: Redaction | None = None,
    settings: Mapping[str, Setting] | None = None,
    fail_on: Severity | None = "error",
) -> Result:
    """Return the live findings of calls without their bodies. `sources` has the calls by their place. No call is judged again."""
    reading = _reading(redaction, settings, None, CHECKS)
    files = tuple(
        reading.noted(path, Findings(tuple(calls)), [_text(call.about.get("device")) for call in calls], None)
        for path, calls in sources.items()
    )
    return reading.result(files, fail_on)


def _reading(
    redaction: Redaction | None, settings: Mapping[str, Setting] | None, now: float | None, checks: Sequence[Check]
) -> _Reading:
    try:
        judge = Audit(checks, settings)
    except ValueError as error:
        message = f"audit.checks: {error}"
        raise UnknownCheckError(message) from error
    redaction = redaction or Redaction(token_bytes(32), lasting=False)
    unseen = unseen_of((check for check, _ in judge.checks), redaction.policy)
    return _Reading(judge, redaction, settings or {}, now, unseen)


def write_report(
    cassette: Path, page: Path, *, redaction: Redaction | None = None, settings: Mapping[str, Setting] | None = None
) -> Result:
    """Audit a cassette, write its HTML report to `page`, and return the result."""
    result = audit([cassette], redaction=redaction, settings=settings)
    replace_file(page, html.render(result, Sheet()).encode("utf-8", "backslashreplace"))
    return result


def shown(path: Path) -> str:
    """Return a path as in reports: relative to the working directory, so that it means the same on another machine."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # a path on another drive
        return path.name


class _Reading(Struct, frozen=True, dict=True):
    """Audits files with one set of settings."""

    audit: Audit
    redaction: Redaction
    settings: Mapping[str, Setting]
    now: float | None
    unseen: frozenset[str]
    """The checks that an audit of a recording cannot judge."""

    def result(self, files: tuple[File, ...], fail_on: Severity | None) -> Result:
        """Return the result for audited files."""
        return Result(
            files=files,
            checks=tuple((check.info, severity) for check, severity in self.audit.checks),
            version=gateway.__version__,
            fail_on=fail_on,
            now=date_of(self.now) if self.now is not None else "",
        )

    def files(self, paths: Sequence[Path], progress: Progress | None) -> Iterator[File]:
        """Yield each file with its findings. A device has the same name in a cassette and in the findings beside it.

        Raises Mistake, which names every file that cannot be read.
        """
        noted: dict[Path, Findings] = {}
        wrong: dict[Path, CassetteError] = {}
        for path in filter(is_findings, paths):
            try:
                noted[path] = load_findings(path)
            except CassetteError as error:
                wrong[path] = error
        named: dict[Path, list[str]] = {}
        for path in paths:
            if path in wrong:
                continue
            if path in noted:
                devices = named.get(path) or self._named(noted[path].interactions)
                yield self.noted(path, noted[path], devices, progress)
                continue
            try:
                interactions = load(path).interactions
            except CassetteError as error:
                wrong[path] = error
                continue
            beside = findings_path(path)
            others = noted[beside].interactions if beside in noted else ()
            devices = self._named((*interactions, *others))
            named[beside] = devices[len(interactions) :]
            yield File(shown(path), self.cassette(path, interactions, devices, progress))
        if wrong:
            first, *more = wrong.values()
            raise first if not more else Mistake("\n".join(map(str, wrong.values())))

    def _named(self, interactions: Sequence[Interaction]) -> list[str]:
        return device_names(interactions, self.redaction.device)

    def cassette(
        self, path: Path, interactions: Sequence[Interaction], devices: Sequence[str], progress: Progress | None
    ) -> tuple[Audited, ...]:
        """Return the interactions in the order of the cassette. They are audited in the order of their times."""
        name = shown(path)
        auditor = Auditor(self.audit)
        audited: dict[int, Audited] = {}
        told: set[tuple[str, str, str]] = set()
        for done, index in enumerate(_in_time(interactions), start=1):
            verdict = self.judge(interactions[index], devices[index], auditor)
            audited[index] = self.shown(interactions[index], devices[index], verdict, name, index + 1, told)
            if progress is not None:
                progress(name, done, len(interactions))
        return tuple(audited[index] for index in range(len(interactions)))

    def noted(self, path: Path, findings: Findings, devices: Sequence[str], progress: Progress | None) -> File:
        """Return the calls in a file of findings. They are not judged again, since the file has only their heads."""
        name = shown(path)
        audited = []
        nothing = Verdict()
        for number, (interaction, device) in enumerate(zip(findings.interactions, devices, strict=True), start=1):
            audited.append(self.shown(interaction, device, nothing, name, number, set(), alone=True))
            if progress is not None:
                progress(name, number, len(devices))
        return File(name, tuple(audited), is_full=findings.full)

    def judge(self, interaction: Interaction, device: str, auditor: Auditor) -> Verdict:
        """Judge an interaction at the time of its recording. With `now`, judge its request at that time."""
        about = interaction.about
        judged = Judged(
            request=interaction.request,
            response=interaction.response,
            at=seconds_of(interaction.recorded_at),
            device=device,
            origin=interaction.origin,
            ours="recorded_with" in about,
        )
        verdict = auditor.judge(judged)
        if self.now is None:
            return verdict
        then, now = self.audit.request(judged), self.audit.request(replace(judged, at=self.now))
        return Verdict(  # a verdict begins with the findings about the request alone
            now.findings + verdict.findings[len(then.findings) :],
            now.not_judged + verdict.not_judged[len(then.not_judged) :],
            now.defects + verdict.defects[len(then.defects) :],
            verdict.slices,
        )

    def shown(
        self,
        interaction: Interaction,
        device: str,
        verdict: Verdict,
        cassette: str,
        number: int,
        told: set[tuple[str, str, str]],
        *,
        alone: bool = False,
    ) -> Audited:
        """Return an interaction as in reports: its findings, and its messages without secrets.

        One incoming message may have gone out as several, and each has the same live findings. Only the first reports them; `told` has
        the findings that were reported.
        """
        request, response = self.redaction.redacted(interaction.request, interaction.response)
        said = Saying(self.redaction, interaction.request)
        fresh, stored = self._found(interaction, verdict, alone=alone)
        exchange = _text(interaction.about.get("id"))
        news = [one for one in stored if not exchange or (exchange, one.id, one.where) not in told]
        told.update((exchange, one.id, one.where) for one in news)
        from_live = self._from_live(interaction, verdict)
        return Audited(
            cassette=cassette,
            number=number,
            line=interaction.line,
            recorded_at=interaction.recorded_at,
            device=ReportedDevice(printable(device), printable(describe(request))),
            origin=interaction.origin,
            request=request,
            response=response,
            findings=(
                *(_reported(finding, request, live=False) for finding in said_of(said, fresh)),
                *(_reported(finding, request, live=True) for finding in said_of(said, news)),
            ),
            not_judged=tuple(note for note in dict.fromkeys(verdict.not_judged) if note.id not in from_live),
            defects=verdict.defects,
        )

    def _found(self, interaction: Interaction, verdict: Verdict, *, alone: bool) -> tuple[list[Finding], list[Finding]]:
        """Return the findings of today's checks, and the live findings that this cassette cannot show. `alone`: the file has only findings."""
        from_live = self._from_live(interaction, verdict)
        fresh = [finding for finding in verdict.findings if finding.id not in from_live]
        found_live = [finding for finding in live_findings(interaction) if self.settings.get(finding.id) != "off"]
        if from_live:
            fresh, found_live = in_words_of(found_live, fresh)
        told = {(finding.id, finding.where) for finding in fresh}
        untold = {note.id for note in verdict.not_judged}
        rewritten = bool(interaction.about.get("rewritten_from"))
        stored = []
        for finding in found_live:
            check, severity = self._checks.get(finding.id, (None, finding.severity))
            if check is None:
                stored.append(finding)
                continue
            if from_live:  # other live findings are not in the recording, unless its answer or the time was changed
                again = isinstance(check, AnswerCheck | TimedCheck) and finding.id not in from_live
            else:
                of_more = check.info.inbound or isinstance(check, OverTimeCheck)
                again = (finding.id, finding.where) in told or not (of_more or rewritten or finding.id in untold)
            if alone or not again:
                mild = finding.severity == check.info.milder and severity == check.info.severity
                severity = finding.severity if mild else severity
                stored.append(replace(finding, severity=severity, source=check.info.page))
        return fresh, stored

    def _from_live(self, interaction: Interaction, verdict: Verdict) -> frozenset[str]:
        """Return the checks whose live findings are complete: the checks that the recording cannot show.

        With `now`, checks of end times are judged again if the recording shows the value.
        """
        if interaction.about.get("audited") != digest_of(self.unseen):
            return frozenset()
        if self.now is None:
            return self.unseen
        untold = {note.id for note in verdict.not_judged}
        return frozenset(
            name for name in self.unseen if name in untold or not isinstance(self._checks[name][0], TimedCheck)
        )

    @cached_property
    def _checks(self) -> dict[str, tuple[Check, Severity]]:
        return {check.info.id: (check, severity) for check, severity in self.audit.checks}


def _reported(finding: Finding, request: Request, *, live: bool) -> Reported:
    return Reported(finding, fingerprint(finding, request.method, request.target), live=live)


def live_findings(interaction: Interaction) -> Iterator[Finding]:
    """Yield the findings under `x_gateway.findings`. Entries that are not findings are skipped."""
    entries = interaction.about.get("findings")
    for entry in entries if isinstance(entries, list | tuple) else ():
        if not isinstance(entry, Mapping):
            continue
        check, where, found, expected = (_text(entry.get(key)) for key in ("id", "where", "found", "expected"))
        severity = next((known for known in SEVERITIES if known == entry.get("severity")), None)
        if check and severity is not None:
            yield Finding(check, severity, where, found, expected, _text(entry.get("source")))


def _in_time(interactions: Sequence[Interaction]) -> list[int]:
    """Return the indexes of interactions in the order of time. An interaction without a date follows the one before it."""
    times: list[float] = []
    last = float("-inf")
    for interaction in interactions:
        at = seconds_of(interaction.recorded_at)
        last = last if at is None else at
        times.append(last)
    return sorted(range(len(interactions)), key=times.__getitem__)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

"""Audits cassettes: reads them, and judges each interaction as of when it was recorded.

Facts
-----
* Each cassette is audited by itself and in the order of its times: what is said of it depends on no other file.
* The clock is the interaction's own, so the same cassette gives the same findings next year. With `now`, tokens and whatever else
  ends are judged at that time; what lies between two calls stays what it was.
* What a cassette cannot tell is taken from what was found live: of the message as it came in, of calls that were not recorded, of
  values that were redacted. Everything else is judged afresh, by the checks that there are today.
* A report shows what redaction leaves, whoever recorded the cassette.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from secrets import token_bytes

from msgspec import Struct
from msgspec.structs import replace

import gateway
from gateway.auditing.auditor import Auditor
from gateway.auditing.explaining import UnknownCheckError
from gateway.cassettes.files import cassettes
from gateway.cassettes.reader import load
from gateway.core.audit import Audit, Setting
from gateway.core.checking import Check, Judged, OverTimeCheck
from gateway.core.checks import CHECKS
from gateway.core.model import Finding, Interaction, Request, Severity
from gateway.core.platforms import describe
from gateway.core.recorded_devices import device_names
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying, said_of
from gateway.core.severity import SEVERITIES
from gateway.core.text import printable
from gateway.core.times import date_of, seconds_of
from gateway.core.verdict import Verdict
from gateway.reports import html
from gateway.reports.baseline import fingerprint
from gateway.reports.model import Audited, File, Reported, ReportedDevice, Result, Sheet
from gateway.system.files import replace_file

Progress = Callable[[str, int, int], None]
"""Told of each interaction that was judged: the cassette, how many of its interactions are done, and how many there are."""


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
    """Audit the cassettes at `paths`, which may be folders of them.

    `settings` are the configuration's `audit.checks`. What cannot be read is a CassetteError, a setting of a check that there is
    not an UnknownCheckError.
    """
    try:
        judge = Audit(checks, settings)
    except ValueError as error:
        message = f"audit.checks: {error}"
        raise UnknownCheckError(message) from error
    reading = _Reading(judge, redaction or Redaction(token_bytes(32), lasting=False), settings or {}, now)
    files = tuple(File(shown(path), reading.cassette(path, progress)) for path in cassettes(paths))
    return Result(
        files=files,
        checks=tuple((check.info, severity) for check, severity in reading.audit.checks),
        version=gateway.__version__,
        fail_on=fail_on,
        now=date_of(now) if now is not None else "",
    )


def write_report(
    cassette: Path, page: Path, *, redaction: Redaction | None = None, settings: Mapping[str, Setting] | None = None
) -> Result:
    """Audit a cassette, write the HTML report of it to `page`, and return what was found."""
    result = audit([cassette], redaction=redaction, settings=settings)
    replace_file(page, html.render(result, Sheet()).encode("utf-8", "backslashreplace"))
    return result


def shown(path: Path) -> str:
    """Return a path as reports name it: from the working directory, so that it means the same on another machine."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # another drive
        return path.name


class _Reading(Struct, frozen=True):
    """How cassettes are audited, and what is shown of them."""

    audit: Audit
    redaction: Redaction
    settings: Mapping[str, Setting]
    now: float | None

    def cassette(self, path: Path, progress: Progress | None = None) -> tuple[Audited, ...]:
        """Return the interactions of a cassette as they stand in it, audited in the order in which they were recorded."""
        interactions = load(path).interactions
        name = shown(path)
        auditor = Auditor(self.audit)
        audited: dict[int, Audited] = {}
        told: set[tuple[str, str, str]] = set()
        devices = device_names(interactions, self.redaction.device)
        for done, index in enumerate(_in_time(interactions), start=1):
            verdict = self.judge(interactions[index], devices[index], auditor)
            audited[index] = self.shown(interactions[index], devices[index], verdict, name, index + 1, told)
            if progress is not None:
                progress(name, done, len(interactions))
        return tuple(audited[index] for index in range(len(interactions)))

    def judge(self, interaction: Interaction, device: str, auditor: Auditor) -> Verdict:
        """Judge an interaction as of when it was recorded, or its request as of `now`."""
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
        return Verdict(  # a verdict begins with what is said of the request alone
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
    ) -> Audited:
        """Return what reports show of an interaction: its findings, and itself without its secrets.

        One message that came in may have gone out as several, each with what was found live of that one: it is `told` of the first.
        """
        request, response = self.redaction.redacted(interaction.request, interaction.response)
        said = Saying(self.redaction, interaction.request)
        fresh = [_reported(finding, request, live=False) for finding in said_of(said, verdict.findings)]
        live = []
        exchange = _text(interaction.about.get("id"))
        for finding in self._live(interaction, verdict):
            known = (exchange, finding.id, finding.where)
            if not exchange or known not in told:
                live += [_reported(shown, request, live=True) for shown in said_of(said, [finding])]
            told.add(known)
        return Audited(
            cassette=cassette,
            number=number,
            line=interaction.line,
            recorded_at=interaction.recorded_at,
            device=ReportedDevice(printable(device), printable(describe(request))),
            origin=interaction.origin,
            request=request,
            response=response,
            findings=(*fresh, *live),
            not_judged=tuple(dict.fromkeys(verdict.not_judged)),
            defects=verdict.defects,
        )

    def _live(self, interaction: Interaction, verdict: Verdict) -> Iterator[Finding]:
        """Yield the live findings of what this cassette cannot tell."""
        checks = {check.info.id: (check, severity) for check, severity in self.audit.checks}
        rewritten = bool(interaction.about.get("rewritten_from"))
        untold = {note.id for note in verdict.not_judged}
        told = {(finding.id, finding.where) for finding in verdict.findings}
        for finding in live_findings(interaction):
            if self.settings.get(finding.id) == "off" or (finding.id, finding.where) in told:
                continue
            if finding.id not in checks:
                yield finding
                continue
            check, severity = checks[finding.id]
            of_more = check.info.inbound or isinstance(check, OverTimeCheck)
            if of_more or rewritten or finding.id in untold:
                yield replace(finding, severity=severity, source=check.info.page)


def _reported(finding: Finding, request: Request, *, live: bool) -> Reported:
    return Reported(finding, fingerprint(finding, request.method, request.target), live=live)


def live_findings(interaction: Interaction) -> Iterator[Finding]:
    """Yield what stands under `x_gateway.findings`; what is no finding there is passed over."""
    entries = interaction.about.get("findings")
    for entry in entries if isinstance(entries, list | tuple) else ():
        if not isinstance(entry, Mapping):
            continue
        check, where, found, expected = (_text(entry.get(key)) for key in ("id", "where", "found", "expected"))
        severity = next((known for known in SEVERITIES if known == entry.get("severity")), None)
        if check and severity is not None:
            yield Finding(check, severity, where, found, expected, _text(entry.get("source")))


def _in_time(interactions: Sequence[Interaction]) -> list[int]:
    """Return the places of interactions by time; one without a date stays behind the one before it."""
    times: list[float] = []
    last = float("-inf")
    for interaction in interactions:
        at = seconds_of(interaction.recorded_at)
        last = last if at is None else at
        times.append(last)
    return sorted(range(len(interactions)), key=times.__getitem__)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

"""The audit as JUnit XML: one test case for each check and cassette, so that a build server counts and names them.

Facts
-----
* The timestamp is the time of the first interaction. So the same cassette gives the same file.
* A known finding, or a finding that is not severe enough to fail the audit, passes. It is listed in the suite's system-out. A check that
  could not judge is skipped.
"""

from __future__ import annotations

import re

from gateway.core.checking import CheckInfo
from gateway.core.text import printable
from gateway.core.wording import many
from gateway.reports.junit_xml import NO_TIME, Case, Ending, Suite, document
from gateway.reports.model import Audited, File, Reported, Result, Sheet

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)")


def render(result: Result, _: Sheet) -> str:
    """Return the report as an XML document."""
    return document([_suite(result, file) for file in result.files])


def _suite(result: Result, file: File) -> Suite:
    found: dict[str, list[tuple[Audited, Reported]]] = {info.id: [] for info, _ in result.checks}
    for audited in file.interactions:
        for reported in audited.findings:
            found.setdefault(reported.finding.id, []).append((audited, reported))
    cases: list[Case] = []
    classname = _dotted(file.path)
    told: list[str] = []
    for check, findings in found.items():
        failing = [entry for entry in findings if result.fails(entry[1])]
        told += [_line(*entry) for entry in findings if not result.fails(entry[1])]
        name = f"{check} {result.title(check)}".strip()
        cases.append(Case(name, classname, _ending(file, check, failing, result.infos.get(check))))
    return Suite(file.path, classname.rpartition(".")[0], cases, "\n".join(told), _timestamp(file))


def _ending(file: File, check: str, failing: list[tuple[Audited, Reported]], info: CheckInfo | None) -> Ending | None:
    """Return the outcome of a test case. None if it passed."""
    raised = [defect for audited in file.interactions for defect in audited.defects if defect.id == check]
    if raised:
        message = f"a defect in the gateway: the check raised {raised[0].error}"
        return Ending("error", message, type=check)
    if failing:
        lines = [_line(*entry) for entry in failing]
        if info is not None:
            lines += ["", f"Fix: {info.fix}", f"Page: {info.page}"]
        first = failing[0][1].finding
        message = f"{first.where}: found {first.found}, expected {first.expected}"
        message += f" ({many(len(failing), 'finding')})" if len(failing) > 1 else ""
        return Ending("failure", message, "\n".join(lines), type=check)
    reasons = [note.reason for audited in file.interactions for note in audited.not_judged if note.id == check]
    if reasons:
        what = ", ".join(dict.fromkeys(reasons))
        return Ending("skipped", f"not judged: {what} ({len(reasons)} of {many(len(file.interactions), 'call')})")
    return None


def _line(audited: Audited, reported: Reported) -> str:
    finding = reported.finding
    words = [finding.severity, *(["live"] if reported.live else []), *(["known"] if reported.known else [])]
    device = f" ({audited.device.name})" if audited.device.name else ""
    text = f"{audited.place}{device}: {finding.id} {' '.join(words)}: {finding.where}: found {finding.found}, expected {finding.expected}"
    return printable(text)  # one line, even if a quoted text has several


def _timestamp(file: File) -> str:
    found = _TIME.match(file.interactions[0].recorded_at) if file.interactions else None
    return found[1] if found else NO_TIME


def _dotted(path: str) -> str:
    return re.sub(r"\.ya?ml$", "", path).strip("./").replace("/", ".")

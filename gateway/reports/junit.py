"""The audit as JUnit XML: one test case for each check and cassette, so that a build server counts and names them.

Facts
-----
* Nobody owns the format. What is written here is what both published schemas take: Ant's JUnit.xsd, which insists on id, package,
  timestamp, hostname, properties, system-out and system-err and allows one element in a test case, and Jenkins' junit-10.xsd.
* XML 1.0 cannot hold most control characters, not even as a reference: they are written as escapes.
* The timestamp is that of the first interaction, so the same cassette gives the same file.
* What is known, or not bad enough to fail on, passes, and is told in the suite's system-out. What could not be judged is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from gateway.core.checking import CheckInfo
from gateway.core.wording import many
from gateway.reports.model import Audited, File, Reported, Result, Sheet, printable

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)")
_NO_TIME = "1970-01-01T00:00:00"


def render(result: Result, _: Sheet) -> str:
    """Return the report as an XML document."""
    suites = [line for number, file in enumerate(result.files) for line in _suite(result, number, file)]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>", ""])


def _suite(result: Result, number: int, file: File) -> list[str]:
    found: dict[str, list[tuple[Audited, Reported]]] = {info.id: [] for info, _ in result.checks}
    for audited in file.interactions:
        for reported in audited.findings:
            found.setdefault(reported.finding.id, []).append((audited, reported))
    cases: list[str] = []
    told: list[str] = []
    counts = {"failure": 0, "error": 0, "skipped": 0}
    for check, findings in found.items():
        failing = [entry for entry in findings if result.fails(entry[1])]
        told += [_line(*entry) for entry in findings if not result.fails(entry[1])]
        outcome = _outcome(file, check, failing, result.infos.get(check))
        if outcome:
            counts[outcome[0]] += 1
        cases += _case(file, f"{check} {result.title(check)}".strip(), outcome)
    about = {
        "name": file.path,
        "tests": len(found),
        "failures": counts["failure"],
        "errors": counts["error"],
        "skipped": counts["skipped"],
        "time": 0,
        "timestamp": _timestamp(file),
        "hostname": "localhost",
        "id": number,
        "package": _dotted(file.path).rpartition(".")[0],
    }
    return [
        f"  <testsuite{_attributes(about)}>",
        "    <properties/>",
        *cases,
        f"    <system-out>{escape(chr(10).join(told))}</system-out>",
        "    <system-err/>",
        "  </testsuite>",
    ]


def _outcome(
    file: File, check: str, failing: list[tuple[Audited, Reported]], info: CheckInfo | None
) -> tuple[str, str, str] | None:
    """Return the element that says how a test case ended, its message and its text; None where it passed."""
    raised = [defect for audited in file.interactions for defect in audited.defects if defect.id == check]
    if raised:
        return "error", f"a defect of the gateway's own: the check raised {raised[0].error}", ""
    if failing:
        lines = [_line(*entry) for entry in failing]
        if info is not None:
            lines += ["", f"Fix: {info.fix}", f"Page: {info.page}"]
        first = failing[0][1].finding
        message = f"{first.where}: found {first.found}, expected {first.expected}"
        message += f" ({many(len(failing), 'finding')})" if len(failing) > 1 else ""
        return "failure", message, "\n".join(map(printable, lines))
    reasons = [note.reason for audited in file.interactions for note in audited.not_judged if note.id == check]
    if reasons:
        what = ", ".join(dict.fromkeys(reasons))
        return "skipped", f"not judged: {what} ({len(reasons)} of {many(len(file.interactions), 'call')})", ""
    return None


def _case(file: File, name: str, outcome: tuple[str, str, str] | None) -> list[str]:
    opening = f"    <testcase{_attributes({'name': name, 'classname': _dotted(file.path), 'time': 0})}"
    if outcome is None:
        return [f"{opening}/>"]
    element, message, text = outcome
    about = {"message": message} if element == "skipped" else {"message": message, "type": name.partition(" ")[0]}
    inner = f"      <{element}{_attributes(about)}"
    return [f"{opening}>", f"{inner}>{escape(text)}</{element}>" if text else f"{inner}/>", "    </testcase>"]


def _line(audited: Audited, reported: Reported) -> str:
    finding = reported.finding
    words = [finding.severity, *(["live"] if reported.live else []), *(["known"] if reported.known else [])]
    text = f"{audited.place}: {finding.id} {' '.join(words)}: {finding.where}: found {finding.found}, expected {finding.expected}"
    return printable(text)


def _timestamp(file: File) -> str:
    found = _TIME.match(file.interactions[0].recorded_at) if file.interactions else None
    return found[1] if found else _NO_TIME


def _dotted(path: str) -> str:
    return re.sub(r"\.ya?ml$", "", path).strip("./").replace("/", ".")


def _attributes(values: Mapping[str, object]) -> str:
    return "".join(f" {name}={quoteattr(printable(str(value)))}" for name, value in values.items())

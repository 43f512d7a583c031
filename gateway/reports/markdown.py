"""The audit as Markdown, for the summary of a build, or for a ticket."""

from __future__ import annotations

import re

from gateway.core.model import Severity
from gateway.core.text import printable
from gateway.core.wording import many
from gateway.reports.model import Group, Result, Sheet

MARKS: dict[Severity, str] = {"error": "🔴 error", "warning": "🟠 warning", "info": "🔵 info"}

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>()#+!|~$@&:-])")
"""Characters with a meaning in Markdown, or in a code host's additions to it."""


def render(result: Result, _: Sheet) -> str:
    """Return the report as Markdown text."""
    parts = ["# Header audit", "", f"**{_sentence(result.summary())}**", ""]
    groups = result.groups()
    if groups:
        parts += ["| | check | where | found | expected | calls |", "|---|---|---|---|---|---|"]
        parts += [_row(result, group) for group in groups]
        parts += ["", "## What to do", ""]
        parts += [_advice(result, check) for check in dict.fromkeys(group.reported.finding.id for group in groups)]
        parts.append("")
    for reason, checks in result.not_judged().items():
        parts += [f"Not judged, {reason}: {', '.join(checks)}.", ""]
    for defect in result.defects():
        parts += [f"A defect in the gateway: {text(defect.id)} raised {text(defect.error)}.", ""]
    return "\n".join(parts).rstrip("\n") + "\n"


def text(value: str) -> str:
    """Return a text in Markdown that is shown as it is."""
    return _ACTIVE.sub(r"\\\1", printable(value))


def _row(result: Result, group: Group) -> str:
    reported, finding = group.reported, group.reported.finding
    words = [MARKS[finding.severity], *(["live"] if reported.live else [])]
    if result.compared:
        words.append("known" if reported.known else "**new**")
    first = text(group.seen[0].place)
    calls = f"{first} and {many(len(group.seen) - 1, 'other')}" if len(group.seen) > 1 else first
    calls += f", {text(group.device)}" if group.device else ""
    check = f"**{text(finding.id)}** {text(result.title(finding.id))}".strip()
    cells = [", ".join(words), check, text(finding.where), text(finding.found), text(finding.expected), calls]
    return f"| {' | '.join(cells)} |"


def _advice(result: Result, check: str) -> str:
    info = result.infos.get(check)
    if info is None:
        return f"* **{text(check)}**"
    return f"* **{text(check)}** {text(info.fix)} ([page]({info.page}))"


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}."

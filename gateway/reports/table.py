"""The audit as a table for a terminal: each finding once, the worst first, with the place of its first call."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.core.model import Severity
from gateway.core.text import printable
from gateway.core.wording import many
from gateway.reports.model import Group, Result, Sheet

SHORT = 60
"""Length of the longest advice that fits into a row, in characters."""
STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def render(result: Result, sheet: Sheet) -> str:
    """Return the report as text."""
    out = StringIO()
    console = Console(
        file=out, width=sheet.width, force_terminal=sheet.colour, color_system="standard" if sheet.colour else None,
        highlight=False, markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    groups = result.groups()
    if groups:
        console.print(_table(result, groups))
    console.print(Text(_sentence(result.summary())))
    for reason, checks in result.not_judged().items():
        console.print(Text(f"Not judged, {reason}: {', '.join(checks)}", style="dim"))
    for defect in result.defects():
        console.print(Text(f"A defect in the gateway: {defect.id} raised {defect.error}", style="bold red"))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _table(result: Result, groups: list[Group]) -> Table:
    table = Table(title="Header audit", title_justify="left", show_lines=True)
    for column, least in (
        ("severity", 8),
        ("check", 18),
        ("where", 12),
        ("found", 12),
        ("expected", 12),
        ("calls", 12),
    ):
        table.add_column(column, overflow="fold", min_width=least)
    for group in groups:
        finding = group.reported.finding
        severity = Text(finding.severity, style=STYLES[finding.severity])
        for word in _words(group, result):
            severity.append(f"\n{word}", style="dim")
        table.add_row(
            severity,
            Text.assemble(
                (printable(finding.id), "bold"), "\n", result.title(finding.id), (_hint(result, finding.id), "dim")
            ),
            Text(printable(finding.where)),
            Text(printable(finding.found)),
            Text(printable(finding.expected)),
            Text(_places(group)),
        )
    return table


def _words(group: Group, result: Result) -> list[str]:
    words = ["live"] if group.reported.live else []
    if result.compared:
        words.append("known" if group.reported.known else "new")
    return words


def _hint(result: Result, check: str) -> str:
    """Return a short advice on its own line. Empty if the advice is long: `gateway explain` prints it."""
    info = result.infos.get(check)
    return f"\n{info.fix}" if info is not None and len(info.fix) <= SHORT else ""


def _places(group: Group) -> str:
    first, *others = group.seen
    lines = [first.place, *([f"and {many(len(others), 'other')}"] if others else []), printable(group.device)]
    return "\n".join(filter(None, lines))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."

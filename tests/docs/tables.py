"""Tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterable


def cell(text: str) -> str:
    """Return a text as one cell: one line, with `|` escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return a text as code; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table with these columns."""
    names = list(head)
    lines = [_row(names), f"|{'---|' * len(names)}", *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"|{'|'.join(f' {one} ' if one else ' ' for one in map(cell, cells))}|"

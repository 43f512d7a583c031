"""Asks a history: exchanges by device, finding, severity, source, status, route, text and time, the newest first, page by page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import replace

from gateway.cassettes.entries import decoded
from gateway.cassettes.findings import parse_findings
from gateway.core.model import Interaction, Severity
from gateway.core.severity import RANK
from gateway.history.database import connected

LIMIT = 100
MOST_DEVICES = 20
"""Devices that a message names."""
FEW = 100_000
"""Exchanges with a finding up to which these are looked through; of a finding that more have, the exchanges are looked through for it."""
BY_FINDING = "e.number IN (SELECT number FROM findings WHERE finding = ?)"
WITH_FINDING = "EXISTS (SELECT 1 FROM findings f WHERE f.finding = ? AND f.number = e.number)"
SINCE = """e.number >= coalesce(
    (SELECT min(number) FROM (SELECT number FROM exchanges WHERE at >= ? ORDER BY at LIMIT 1000)), 9e18)"""
"""Exchanges are numbered as they end: of those that run at one time a later one may have the smaller number."""


class HistoryQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """A query. An empty field is no condition."""

    device: str = ""
    finding: str = ""
    """The id of a check."""
    severity: Severity | None = None
    """The worst finding is at least as bad."""
    source: str = ""
    status: str = ""
    """`404`, or `4xx` for all that begin so."""
    route: str = ""
    """A template, such as `/api/v2/{sp}/logout/{mvpd}`, or `other`."""
    text: str = ""
    """Stands in the device's name, the method or the target, case aside."""
    since: float | None = None
    """Seconds since the epoch."""
    before: int | None = None
    """Only exchanges before this number: the next page is `before=page.next`."""
    limit: int = LIMIT


class Kept(Struct, frozen=True):
    """An exchange of the history."""

    number: int
    """Grows with each exchange."""
    entry: dict[str, Any]
    """What is known of it: `at`, `id`, `device`, `method`, `target`, `headers`, `status`, `response_headers`, `findings`, `legs`, `ms` …"""


class HistoryPage(Struct, frozen=True):
    """Some of the exchanges that were asked for, the newest first."""

    kept: tuple[Kept, ...]
    next: int | None
    """What `before` has to be for those that come after; None if there are no more."""


class History:
    """The reading end. Its calls block; one thread at a time makes them."""

    def __init__(self, file: Path) -> None:
        """Raise a HistoryError for a file that is not a history."""
        self.file = file
        self._connection: sqlite3.Connection = connected(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def page(self, query: HistoryQuery) -> HistoryPage:
        """Return the exchanges that a query asks for."""
        kept = [Kept(number, decoded(entry)) for number, entry in self._rows(query, query.limit + 1)]
        more = len(kept) > query.limit
        return HistoryPage(tuple(kept[: query.limit]), kept[query.limit - 1].number if more else None)

    def interactions(self, query: HistoryQuery) -> Iterator[Interaction]:
        """Yield all that a query asks for, the oldest first, as a file of findings holds them."""
        for number, entry in self._rows(query, -1, newest_first=False):
            (interaction,) = parse_findings(Path(f"{self.file} #{number}"), entry + b"\n").interactions
            yield replace(interaction, line=number)

    def count(self, query: HistoryQuery) -> int:
        """Return how many exchanges a query asks for."""
        table, where, about = self._where(query)
        return int(self._connection.execute(f"SELECT count(*) FROM {table}{where}", about).fetchone()[0])  # noqa: S608  # our own words

    def latest(self) -> float:
        """Return when the last exchange began, in seconds since the epoch; 0 where there is none."""
        return float(self._connection.execute("SELECT coalesce(max(at), 0) FROM exchanges").fetchone()[0])

    def devices(self) -> list[str]:
        """Return the names of the devices that there are, in their order."""
        return [name for (name,) in self._connection.execute("SELECT DISTINCT device FROM exchanges ORDER BY device")]

    def _rows(self, query: HistoryQuery, limit: int, *, newest_first: bool = True) -> Iterator[tuple[int, bytes]]:
        """Yield numbers and entries: numbers are chosen and sorted first, and entries read of those alone."""
        table, where, about = self._where(query)
        order = "DESC" if newest_first else "ASC"
        statement = f"SELECT e.number FROM {table}{where} ORDER BY {table[0]}.number {order} LIMIT ?"  # noqa: S608  # as above
        with closing(self._connection.execute(statement, (*about, limit))) as numbers:
            for (number,) in numbers:
                found = self._connection.execute("SELECT entry FROM entries WHERE number = ?", (number,)).fetchone()
                if found is not None:  # or it was removed meanwhile
                    yield number, found[0]

    def _where(self, query: HistoryQuery) -> tuple[str, str, tuple[object, ...]]:
        """Return what a query looks through, its conditions, and what they are about."""
        parts = [*_plain_conditions(query)]
        table = "exchanges e"
        if query.finding:
            few = self._connection.execute(
                "SELECT count(*) FROM (SELECT 1 FROM findings WHERE finding = ? LIMIT ?)", (query.finding, FEW + 1)
            ).fetchone()[0]
            if few <= FEW:
                parts.append((BY_FINDING, query.finding))
            elif parts or query.text:
                parts.append((WITH_FINDING, query.finding))
            else:
                table = "findings f CROSS JOIN exchanges e ON e.number = f.number"
                parts.append(("f.finding = ?", query.finding))
        if query.text:
            like = "%" + query.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            parts.append(("e.subject IN (SELECT number FROM subjects WHERE text LIKE ? ESCAPE '\\')", like))
        if query.since is not None:
            parts += [(SINCE, query.since), ("+e.at >= ?", query.since)]
        if query.before is not None:
            parts.append(("e.number < ?", query.before))
        conditions = " AND ".join(condition for condition, _ in parts)
        return table, (f" WHERE {conditions}" if parts else ""), tuple(value for _, value in parts)


def _plain_conditions(query: HistoryQuery) -> Iterator[tuple[str, object]]:
    for column, value in (("device", query.device), ("source", query.source), ("route", query.route)):
        if value:
            yield f"e.{column} = ?", value
    if query.severity is not None:  # the plus keeps SQLite from looking through an index of half of all
        alone = HistoryQuery(severity="error", since=query.since, before=query.before, limit=query.limit)
        yield ("e.severity <= ?" if query == alone else "+e.severity <= ?"), RANK[query.severity]
    if query.status.endswith("xx") and query.status[:-2].isdecimal():
        yield "e.status >= ?", int(query.status[:-2]) * 100
        yield "e.status < ?", int(query.status[:-2]) * 100 + 100
    elif query.status:
        yield "e.status = ?", int(query.status) if query.status.isdecimal() else -1

"""Finds exchanges in a history by device, finding, severity, source, status, route, text and time: page by page, the newest first."""

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
"""Largest number of devices that a message names."""
FEW = 100_000
"""If at most this many exchanges have a finding, these are searched. Otherwise all exchanges are searched for the finding."""
BY_FINDING = "e.number IN (SELECT number FROM findings WHERE finding = ?)"
WITH_FINDING = "EXISTS (SELECT 1 FROM findings f WHERE f.finding = ? AND f.number = e.number)"
SINCE = """e.number >= coalesce(
    (SELECT min(number) FROM (SELECT number FROM exchanges WHERE at >= ? ORDER BY at LIMIT 1000)), 9e18)"""
"""Exchanges get their numbers when they end. So an exchange that began later may have a smaller number."""


class HistoryQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """A query. An empty field sets no condition."""

    device: str = ""
    finding: str = ""
    """The id of a check."""
    severity: Severity | None = None
    """The worst finding must have this severity, or a worse one."""
    source: str = ""
    status: str = ""
    """A status such as `404`, or a class such as `4xx`."""
    route: str = ""
    """A template, such as `/api/v2/{sp}/logout/{mvpd}`, or `other`."""
    text: str = ""
    """Text in the device's name, the method or the target, in any case."""
    since: float | str | None = None
    """Only exchanges that began at this time or later, in seconds since the epoch. As text, the API also takes a time or an age."""
    before: int | None = None
    """Only exchanges before this number: the next page is `before=page.next`."""
    limit: int = LIMIT


class Kept(Struct, frozen=True):
    """An exchange of the history."""

    number: int
    """It grows with each exchange."""
    entry: dict[str, Any]
    """Its content: `at`, `id`, `device`, `method`, `target`, `headers`, `status`, `response_headers`, `findings`, `legs`, `ms` …"""


class HistoryPage(Struct, frozen=True):
    """Some of the exchanges that match a query, the newest first."""

    kept: tuple[Kept, ...]
    next: int | None
    """The value of `before` for the next page. None if this is the last page."""


class History:
    """The reading end. Its calls block. Only one thread at a time may make them."""

    def __init__(self, file: Path) -> None:
        """Open a history. Raises HistoryError for another file."""
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
        """Return a page of the exchanges that match a query."""
        kept = [Kept(number, decoded(entry)) for number, entry in self._rows(query, query.limit + 1)]
        more = len(kept) > query.limit
        return HistoryPage(tuple(kept[: query.limit]), kept[query.limit - 1].number if more else None)

    def interactions(self, query: HistoryQuery) -> Iterator[Interaction]:
        """Yield all exchanges that match a query, the oldest first, in the form of a file of findings."""
        for number, entry in self._rows(query, -1, newest_first=False):
            (interaction,) = parse_findings(Path(f"{self.file} #{number}"), entry + b"\n").interactions
            yield replace(interaction, line=number)

    def count(self, query: HistoryQuery) -> int:
        """Return the number of exchanges that match a query."""
        table, where, about = self._where(query)
        return int(self._connection.execute(f"SELECT count(*) FROM {table}{where}", about).fetchone()[0])  # noqa: S608  # our own words

    def latest(self) -> float:
        """Return the time at which the last exchange began, in seconds since the epoch. 0 without an exchange."""
        return float(self._connection.execute("SELECT coalesce(max(at), 0) FROM exchanges").fetchone()[0])

    def devices(self) -> list[str]:
        """Return the names of all devices, sorted."""
        return [name for (name,) in self._connection.execute("SELECT DISTINCT device FROM exchanges ORDER BY device")]

    def _rows(self, query: HistoryQuery, limit: int, *, newest_first: bool = True) -> Iterator[tuple[int, bytes]]:
        """Yield numbers and entries. The numbers are chosen and sorted first; only their entries are read."""
        table, where, about = self._where(query)
        order = "DESC" if newest_first else "ASC"
        statement = f"SELECT e.number FROM {table}{where} ORDER BY {table[0]}.number {order} LIMIT ?"  # noqa: S608  # as above
        with closing(self._connection.execute(statement, (*about, limit))) as numbers:
            for (number,) in numbers:
                found = self._connection.execute("SELECT entry FROM entries WHERE number = ?", (number,)).fetchone()
                if found is not None:  # it may have been removed meanwhile
                    yield number, found[0]

    def _where(self, query: HistoryQuery) -> tuple[str, str, tuple[object, ...]]:
        """Return the tables of a query, its conditions, and the values for them."""
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
            since = float(query.since)
            parts += [(SINCE, since), ("+e.at >= ?", since)]
        if query.before is not None:
            parts.append(("e.number < ?", query.before))
        conditions = " AND ".join(condition for condition, _ in parts)
        return table, (f" WHERE {conditions}" if parts else ""), tuple(value for _, value in parts)


def _plain_conditions(query: HistoryQuery) -> Iterator[tuple[str, object]]:
    for column, value in (("device", query.device), ("source", query.source), ("route", query.route)):
        if value:
            yield f"e.{column} = ?", value
    if query.severity is not None:  # the plus keeps SQLite from using an index that selects half of all exchanges
        alone = HistoryQuery(severity="error", since=query.since, before=query.before, limit=query.limit)
        yield ("e.severity <= ?" if query == alone else "+e.severity <= ?"), RANK[query.severity]
    if query.status.endswith("xx") and query.status[:-2].isdecimal():
        yield "e.status >= ?", int(query.status[:-2]) * 100
        yield "e.status < ?", int(query.status[:-2]) * 100 + 100
    elif query.status:
        yield "e.status = ?", int(query.status) if query.status.isdecimal() else -1

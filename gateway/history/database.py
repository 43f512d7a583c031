"""The file of a history, in SQLite. It is written in batches, can be read at the same time, and is bounded in age and size.

Facts
-----
* With write-ahead logging, readers read while one process writes (sqlite.org/wal.html). The two files beside it get the mode of the file.
* A narrow table has the values for filters. Another table has the values to show. So a filter reads little.
* Each searched text (`subjects`: device, method, target) is kept once: a suite repeats its requests.
* `PRAGMA application_id` and `user_version` mark a history and its form. Nothing is written into a file without these marks.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from time import time

from msgspec import Struct

from gateway.core.mistake import Mistake
from gateway.system.files import PRIVATE
from gateway.system.locking import locked

APPLICATION = 0x70674869  # "pgHi"
FORM = 1
WAITS = 5.0
"""Longest wait of a write for the write of another process, in seconds."""
STEP = 2000
"""Largest number of exchanges that one transaction removes, so that no other process waits long."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS subjects (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS exchanges (
    number INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    device TEXT NOT NULL,
    subject INTEGER NOT NULL,
    route TEXT NOT NULL,
    status INTEGER NOT NULL,
    source TEXT NOT NULL,
    severity INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS entries (number INTEGER PRIMARY KEY, entry BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS findings (finding TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (finding, number)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS of_exchange ON findings (number);
CREATE INDEX IF NOT EXISTS by_time ON exchanges (at);
CREATE INDEX IF NOT EXISTS by_device ON exchanges (device, number);
CREATE INDEX IF NOT EXISTS by_subject ON exchanges (subject, number);
CREATE INDEX IF NOT EXISTS by_route ON exchanges (route, number);
CREATE INDEX IF NOT EXISTS by_status ON exchanges (status, number);
CREATE INDEX IF NOT EXISTS by_source ON exchanges (source, number);
CREATE INDEX IF NOT EXISTS by_severity ON exchanges (severity, number);
"""
REMOVALS = (
    "DELETE FROM entries WHERE number = ?",
    "DELETE FROM findings WHERE number = ?",
    "DELETE FROM exchanges WHERE number = ?",
)


class HistoryError(Mistake):
    """The file is not a history, or cannot be opened."""


class EmptyHistoryError(HistoryError):
    """The file is empty. Another process may be making it."""


class HistoryRow(Struct, frozen=True):
    """An exchange in the form of the history, without secrets."""

    at: float
    """The time at which it began, in seconds since the epoch."""
    device: str
    method: str
    target: str
    route: str
    """The template of its route, or `other`."""
    status: int
    source: str
    severity: int
    """The severity of its worst finding: 0 is an error, 3 means no finding."""
    findings: tuple[str, ...]
    """The ids of the checks that found something. Each id occurs once."""
    entry: bytes
    """The whole exchange (`cassettes/entries.py`)."""


class Database:
    """The writing end. Its calls block, and run one at a time. Any thread may make them."""

    def __init__(self, file: Path, *, max_age: float, max_size: int) -> None:
        self._file = file.absolute()  # it stays the same file if the process changes its folder
        self._max_age = max_age
        self._max_size = max_size
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._batches = 0

    @property
    def is_open(self) -> bool:
        """Whether the file is open."""
        return self._connection is not None

    def write(self, rows: Sequence[HistoryRow], now: float | None = None) -> None:
        """Add all exchanges, or no exchange. Raises OSError, sqlite3.Error or HistoryError if the file cannot be written."""
        try:
            connection = self._opened()
            with connection:
                for row in rows:
                    _add(connection, row)
            self._batches += 1
            if self._batches % 50 == 1:
                self._tidy(connection, time() if now is None else now)
        except sqlite3.Error:
            self.close()  # a broken file may be repaired, or moved away, before the next write
            raise

    def close(self) -> None:
        """Close the file. The next write opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _opened(self) -> sqlite3.Connection:
        """Return the connection. If the file was moved away or removed, a new file is made."""
        if self._connection is not None and _inode(self._file) == self._inode:
            return self._connection
        self.close()
        os.close(os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE))
        self._file.chmod(PRIVATE)
        connection = sqlite3.connect(self._file, timeout=WAITS, check_same_thread=False)
        try:
            if not _is_ours(connection, self._file):
                with locked(self._file, mode=PRIVATE):  # several workers may make it at the same time
                    _make(connection, self._file)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA journal_size_limit = 4194304")
        except BaseException:
            connection.close()
            raise
        self._connection, self._inode = connection, _inode(self._file)
        return connection

    def _tidy(self, connection: sqlite3.Connection, now: float) -> None:
        """Remove old exchanges, and the oldest ones while the file is too large."""
        while _removed(connection, "WHERE at < ? ORDER BY at LIMIT ?", now - self._max_age, STEP):
            pass
        while _size(connection) > self._max_size and _removed(
            connection, "ORDER BY number LIMIT 1 + min(?, (SELECT max(number) - min(number) FROM exchanges) / 10)", STEP
        ):
            pass
        connection.executescript("PRAGMA incremental_vacuum;")  # frees all pages; `execute` frees one page
        connection.execute("PRAGMA analysis_limit = 400")
        connection.execute("PRAGMA optimize")


def _make(connection: sqlite3.Connection, file: Path) -> None:
    """Make the tables, unless another process has made them."""
    if _is_ours(connection, file):
        return
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(
        f"BEGIN; {SCHEMA} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORM}; COMMIT;"
    )


def connected(file: Path) -> sqlite3.Connection:
    """Return a connection that reads a history. Raises HistoryError for a file that is not a history, or that cannot be read."""
    if not file.is_file():
        message = f"{file}: expected a history, found no such file"
        raise HistoryError(message)
    try:
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=WAITS, check_same_thread=False
        )
        if _is_ours(connection, file):
            return connection
        message = f"{file}: expected a history, found an empty file"
        raise EmptyHistoryError(message)
    except sqlite3.Error as error:
        message = f"{file}: expected a history, found something that SQLite does not read: {error}"
    raise HistoryError(message)


def _is_ours(connection: sqlite3.Connection, file: Path) -> bool:
    """Return True for a history of this form, and False for an empty file. Raises HistoryError for any other file."""
    application, form = (_first(connection, f"PRAGMA {name}") for name in ("application_id", "user_version"))
    if application == APPLICATION and form == FORM:
        return True
    if not _first(connection, "SELECT count(*) FROM sqlite_master") and not application:
        return False
    found = f"one of form {form}" if application == APPLICATION else "another program's database"
    message = f"{file}: expected a history of form {FORM}, found {found}"
    raise HistoryError(message)


def _add(connection: sqlite3.Connection, row: HistoryRow) -> None:
    text = f"{row.device} {row.method} {row.target}"
    connection.execute("INSERT OR IGNORE INTO subjects (text) VALUES (?)", (text,))
    number = connection.execute(
        "INSERT INTO exchanges (at, device, subject, route, status, source, severity)"
        " VALUES (?, ?, (SELECT number FROM subjects WHERE text = ?), ?, ?, ?, ?)",
        (row.at, row.device, text, row.route, row.status, row.source, row.severity),
    ).lastrowid
    connection.execute("INSERT INTO entries VALUES (?, ?)", (number, row.entry))
    connection.executemany("INSERT INTO findings VALUES (?, ?)", [(finding, number) for finding in row.findings])


def _removed(connection: sqlite3.Connection, which: str, *about: object) -> int:
    """Remove some exchanges, and the subjects that no other exchange has. Return the number of removed exchanges."""
    with connection:
        gone = connection.execute(f"SELECT number, subject FROM exchanges {which}", about).fetchall()  # noqa: S608  # our own words
        for removal in REMOVALS:
            connection.executemany(removal, [(number,) for number, _ in gone])
        connection.executemany(
            "DELETE FROM subjects WHERE number = ? AND NOT EXISTS (SELECT 1 FROM exchanges WHERE subject = subjects.number)",
            {(subject,) for _, subject in gone},
        )
    return len(gone)


def _size(connection: sqlite3.Connection) -> int:
    pages, free, size = (_first(connection, f"PRAGMA {name}") for name in ("page_count", "freelist_count", "page_size"))
    return (pages - free) * size


def _first(connection: sqlite3.Connection, statement: str, *about: object) -> int:
    (value,) = connection.execute(statement, about).fetchone()
    return int(value or 0)


def _inode(file: Path) -> int:
    try:
        return file.stat().st_ino
    except FileNotFoundError:
        return 0

"""The file of a history is its owner's alone, keeps what fits, and nothing else's file is touched."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from gateway.history.database import Database, HistoryError
from gateway.history.reading import History, HistoryQuery
from tests.history.a_day import BEGAN, DAY, rows


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    made = Database(file, max_age=DAY, max_size=1 << 30)
    yield made
    made.close()


def count(file: Path) -> int:
    with History(file) as history:
        return history.count(HistoryQuery())


def test_the_owner_alone_reads_it_and_what_sqlite_puts_beside_it(database: Database, file: Path) -> None:
    file.touch(0o644)
    database.write([*rows(3)], BEGAN)
    assert {path.name: path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {
        "history.sqlite": 0o600,
        "history.sqlite.lock": 0o600,
        "history.sqlite-wal": 0o600,
        "history.sqlite-shm": 0o600,
    }
    assert count(file) == 3


def test_what_is_too_old_goes_and_takes_all_that_belongs_to_it(database: Database, file: Path) -> None:
    database.write([*rows(100)], BEGAN)
    database._batches = 0
    database.write([*islice(rows(100), 1)], BEGAN + 1.5 * DAY)
    assert count(file) == 50  # not the one that came late and is old
    with sqlite3.connect(file) as connection:
        (entries,) = connection.execute("SELECT count(*) FROM entries").fetchone()
        (findings,) = connection.execute(
            "SELECT count(*) FROM findings WHERE number NOT IN (SELECT number FROM exchanges)"
        ).fetchone()
        (subjects,) = connection.execute(
            "SELECT count(*) FROM subjects WHERE number NOT IN (SELECT subject FROM exchanges)"
        ).fetchone()
    connection.close()
    assert (entries, findings, subjects) == (50, 0, 0)


def test_the_oldest_go_while_there_is_too_much(file: Path) -> None:
    database = Database(file, max_age=DAY, max_size=1 << 20)
    every = rows(6000)
    while batch := list(islice(every, 1000)):
        database._batches = 0
        database.write(batch, BEGAN)
    database.close()
    assert file.stat().st_size < 1.4 * (1 << 20)
    with History(file) as history:
        assert 0 < history.count(HistoryQuery()) < 3000
        assert history.page(HistoryQuery(limit=1)).kept[0].number == 6000


def test_a_file_that_was_moved_away_is_begun_anew(database: Database, file: Path) -> None:
    database.write([*rows(3)], BEGAN)
    file.rename(file.with_name("yesterday"))
    for beside in ("-wal", "-shm"):
        file.with_name(f"history.sqlite{beside}").rename(file.with_name(f"yesterday{beside}"))
    database.write([*rows(2)], BEGAN)
    assert count(file) == 2
    assert count(file.with_name("yesterday")) == 3


def test_two_write_and_a_third_reads_meanwhile(database: Database, file: Path) -> None:
    other = Database(file, max_age=DAY, max_size=1 << 30)
    database.write([*rows(3)], BEGAN)
    with History(file) as history:
        other.write([*rows(3)], BEGAN)
        database.write([*rows(3)], BEGAN)
        assert history.count(HistoryQuery()) == 9
    other.close()


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"\xff" * 2000])
def test_a_broken_file_is_said_and_stays_as_it_is(database: Database, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    for _ in range(2):
        with pytest.raises(sqlite3.Error):
            database.write([*rows(1)], BEGAN)
    assert file.read_bytes() == content
    with pytest.raises(HistoryError, match="found something that SQLite does not read"):
        History(file)
    file.unlink()
    database.write([*rows(1)], BEGAN)  # whoever takes it away has a history again
    assert count(file) == 1


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("CREATE TABLE mine (a)", "another program's database"),
        ("PRAGMA application_id = 7", "another program's database"),
        (f"PRAGMA application_id = {0x70674869}; PRAGMA user_version = 9", "one of form 9"),
    ],
)
def test_another_programs_database_and_a_later_form_are_left_alone(
    database: Database, file: Path, statement: str, found: str
) -> None:
    connection = sqlite3.connect(file)
    connection.executescript(statement)
    connection.close()
    before = file.read_bytes()
    with pytest.raises(HistoryError, match=f"expected a history of form 1, found {found}"):
        database.write([*rows(1)], BEGAN)
    with pytest.raises(HistoryError, match=found):
        History(file)
    assert file.read_bytes() == before


def test_a_file_that_is_not_there_or_empty_is_said(file: Path) -> None:
    with pytest.raises(HistoryError, match="found no such file"):
        History(file)
    file.touch()
    with pytest.raises(HistoryError, match="found an empty file"):
        History(file)

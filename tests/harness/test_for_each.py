"""A failure of a table names its row, and every row runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.harness.for_each import for_each
from tests.harness.lab import Lab


def test_a_row_that_fails_is_named_and_the_others_run() -> None:
    ran = []

    @for_each(("number", "word"), [(1, "a"), (2, "b"), pytest.param(3, "c", id="the third")])
    def table(number: int, word: str) -> None:
        ran.append((number, word))
        assert number != 2

    with pytest.raises(AssertionError) as failed:
        table()
    assert ran == [(1, "a"), (2, "b"), (3, "c")]
    assert failed.value.__notes__ == ["in row (2, 'b')"]


def test_several_that_fail_are_all_told() -> None:
    @for_each("number", range(4), ids=["none", "one", "two", "three"])
    def table(number: int) -> None:
        if number == 3:
            pytest.fail("by hand")
        assert number % 2 == 0

    with pytest.raises(BaseExceptionGroup, match="2 of 4 rows: one; three") as failed:
        table()
    assert [error.__notes__ for error in failed.value.exceptions] == [["in row one"], ["in row three"]]


def test_tables_multiply() -> None:
    ran = []

    @for_each("left", "ab")
    @for_each("right", [1, 2])
    def table(left: str, right: int) -> None:
        ran.append(f"{left}{right}")

    table()
    assert ran == ["a1", "a2", "b1", "b2"]


class Named:
    value = 0


@for_each("number", [1, 2])
def test_each_row_has_a_folder_and_patches_of_its_own(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Named.value == 0
    monkeypatch.setattr(Named, "value", number)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()


def test_what_a_row_starts_is_stopped_behind_it() -> None:
    ports: list[int] = []

    @for_each("number", range(2))
    async def table(number: int, lab: Lab) -> None:
        for port in ports:
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
        ports.append((await lab.origin()).port)
        assert number == len(ports) - 1

    asyncio.run(table())
    assert len(ports) == 2

"""Values are read as the types that a section declares, strictly, and everything that is wrong is told with its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import field

from gateway.config.marks import After, Before, Made, Range, Read, ReadIn
from gateway.config.reading import Complaint, Section, UnreadableError, keys_of, read_section, reader_of, said
from gateway.config.section import FilePath
from tests.harness.for_each import for_each


def _even(value: object) -> int:
    if isinstance(value, int) and value % 2 == 0:
        return value
    message = f"expected an even number, found {value}"
    raise ValueError(message)


class Inner(Section, frozen=True, kw_only=True):
    """A section in a section."""

    file: FilePath = Path("inner.txt")
    kind: str = field(name="as")


class Sample(Section, frozen=True):
    """A section with a key of each kind."""

    word: Literal["one", "two"] = "one"
    size: Annotated[int, Read(_even)] = 2
    folder: Path = Path("here")
    file: Annotated[Path, ReadIn(lambda value, folder: folder / value)] | None = None
    inner: Inner | None = None
    names: tuple[str, ...] = ()
    inners: Mapping[str, Inner] = field(default_factory=dict)

    @classmethod
    def together(cls, written: Mapping[str, Any]) -> list[Complaint]:
        """Refuse two keys beside one another."""
        return [Complaint(("word",), "expected no size beside it")] if {"word", "size"} <= written.keys() else []


ASKED: list[type] = []


def _make() -> type[int]:
    ASKED.append(int)
    return int


class Late(Section, frozen=True):
    """A section whose key has a type that is made late."""

    number: Annotated[int, Made(_make)] = 0


def wrong(kind: Any, value: object) -> list[str]:
    with pytest.raises(UnreadableError) as caught:
        reader_of(kind)(value, Path())
    return [f"{complaint.loc} {complaint.message}" for complaint in caught.value.complaints]


@for_each(
    ("kind", "value", "result"),
    [
        (bool, True, True),
        (int, 5, 5),
        (float, 5, 5.0),
        (str, "", ""),
        (str | None, None, None),
        (Literal[1, "a"], 1, 1),
        (tuple[int, ...], [1, 2], (1, 2)),
        (tuple[int, ...], (1,), (1,)),
        (Mapping[str, int], {"a": 1}, {"a": 1}),
        (Annotated[int, Before(int), Range(least=1)], "3", 3),
        (Annotated[int, Range(least=1), After(lambda value: value + 1)], 3, 4),
        (Annotated[Any, Read(_even)], 4, 4),
        (Annotated[Path, ReadIn(lambda value, folder: folder / value)], "a", Path("a")),
    ],
)
def test_what_a_type_takes(kind: Any, value: object, result: object) -> None:
    read = reader_of(kind)(value, Path())
    assert (read, type(read)) == (result, type(result))


@for_each(
    ("kind", "value", "said"),
    [
        (bool, 1, "() expected true or false, found 1"),
        (int, True, "() expected a whole number, found true"),
        (int, 1.0, "() expected a whole number, found 1.0"),
        (float, "1", '() expected a number, found "1"'),
        (float, 10**400, "() expected a number, found a very large number"),
        (float, float("nan"), "() expected a finite number, found nan"),
        (str, 1, "() expected text, found 1"),
        (Literal[1, "a"], True, "() expected 1 or a, found true"),
        (Literal["red", "green", "blue"], "gren", '() expected red, green or blue, found "gren"; did you mean green?'),
        (tuple[int, ...], {"a": 1}, "() expected a list, found a map"),
        (tuple[int, ...], "ab", '() expected a list, found "ab"'),
        (Mapping[str, int], [1], "() expected a map of keys, found a list"),
        (Mapping[str, int], {1: 1}, "(1,) expected text, found 1"),
        (Annotated[int, Before(int), Range(least=5)], "3", '() expected at least 5, found "3"'),
        (Annotated[float, Range(above=0.0, most=2.0)], 0, "() expected more than 0.0, found 0"),
        (Annotated[float, Range(above=0.0, most=2.0)], 3, "() expected at most 2.0, found 3"),
        (Annotated[Any, Read(_even)], 3, "() expected an even number, found 3"),
        (Inner, [], "() expected a map of keys, found an empty list"),
    ],
)
def test_what_a_type_refuses(kind: Any, value: object, said: str) -> None:
    assert wrong(kind, value) == [said]


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_the_keys() -> None:
    value = {
        "zzz": 1,
        "inners": {"a": {}, "b": {"as": 1, "file": ""}},
        "names": ["a", 1, None],
        "word": "three",
        "inner": {"was": "x"},
    }
    assert wrong(Sample, value) == [
        "('word',) expected one or two, found \"three\"",
        "('inner', 'was') unknown key; did you mean as?",  # the key that is missing is plainly meant by it
        "('names', 1) expected text, found 1",
        "('names', 2) expected text, found null",
        "('inners', 'a', 'as') expected a value, found none",
        "('inners', 'b', 'file') expected a path, found \"\"",
        "('inners', 'b', 'as') expected text, found 1",
        "('zzz',) unknown key; known here: word, size, folder, file, inner, names, inners",
    ]


def test_a_relative_path_starts_in_the_folder_written_or_not() -> None:
    read = read_section(Sample, {"file": "f", "inner": {"as": "x"}}, Path("/etc"))
    assert (read.folder, read.file) == (Path("/etc/here"), Path("/etc/f"))
    assert read.inner == Inner(kind="x", file=Path("/etc/inner.txt"))


def test_keys_that_are_fine_one_by_one_are_looked_at_together() -> None:
    assert wrong(Sample, {"word": "one", "size": 2}) == ["('word',) expected no size beside it"]
    assert read_section(Sample, {"word": "two"}) == Sample(word="two")


def test_a_section_that_code_has_made_is_taken_as_it_is() -> None:
    inner = Inner(kind="x")
    assert read_section(Sample, {"inner": inner}).inner is inner


def test_a_type_is_made_when_it_is_first_asked_for() -> None:
    assert read_section(Late, {}) == Late()
    assert ASKED == []
    assert read_section(Late, {"number": 3}) == Late(3)
    assert read_section(Late, {"number": 4}) == Late(4)
    assert [int] == ASKED


def test_the_keys_of_a_section_are_called_as_a_file_writes_them() -> None:
    assert list(keys_of(Inner)) == ["file", "as"]
    assert said(Sample()) == {"word": "one", "size": 2, "folder": Path("here"), "names": (), "inners": {}}

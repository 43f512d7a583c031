"""One test for a whole table: each row runs by itself, and a failure names its row."""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from functools import wraps
from typing import Any, cast

import pytest

from tests.harness.lab import Lab

Test = Callable[..., Any]
Ids = Iterable[object] | Callable[[Any], object] | None
Row = tuple[str, dict[str, Any]]
Param = type(pytest.param())

_OWN = {"lab", "monkeypatch"}
"""Fixtures that are made here, once a row; a row's `tmp_path` is a folder in that of the test."""


def for_each(names: str | Sequence[str], rows: Iterable[Any], ids: Ids = None) -> Callable[[Test], Test]:
    """Run a test for each row of a table, as `pytest.mark.parametrize` does, but as one item.

    An item costs a millisecond or two in each process of pytest, a row nothing. All rows run, whichever fail. Each has a `lab`,
    a `monkeypatch` and a `tmp_path` of its own; any other fixture is the same for all. One row cannot be run alone, and
    has no marks: a table that needs them takes `parametrize`.
    """
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    table = list(_rows(keys, list(rows), ids))

    def decorate(test: Test) -> Test:
        if inspect.iscoroutinefunction(test):

            async def run(**fixtures: Any) -> None:
                failures: list[Exception] = []
                for number, (name, row) in enumerate(table):
                    async with AsyncExitStack() as stack:
                        with _noted(name, failures), _own(asked, number, fixtures) as own:
                            if "lab" in asked:
                                own["lab"] = Lab(stack)
                            await test(**fixtures | own | row)
                _tell(failures, len(table))

        else:

            def run(**fixtures: Any) -> None:  # type: ignore[misc]  # the other one
                failures: list[Exception] = []
                for number, (name, row) in enumerate(table):
                    with _noted(name, failures), _own(asked, number, fixtures) as own:
                        test(**fixtures | own | row)
                _tell(failures, len(table))

        signature = inspect.signature(test)
        asked = signature.parameters.keys()
        left = [one for name, one in signature.parameters.items() if name not in {*keys, *_OWN}]
        decorated = wraps(test)(run)
        decorated.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]  # what pytest is to give
        return decorated

    return decorate


def _rows(keys: Sequence[str], rows: Sequence[Any], ids: Ids) -> Iterator[Row]:
    given = [None] * len(rows) if ids is None or callable(ids) else list(ids)
    assert len(given) == len(rows), f"{len(rows)} rows, {len(given)} ids"
    for row, named in zip(rows, given, strict=True):
        values: Sequence[Any] = (row,) if len(keys) == 1 else tuple(row)
        name = named
        if isinstance(row, Param):
            assert not row.marks, "a row of for_each has no marks"
            values, name = row.values, row.id
        if callable(ids):
            name = "-".join(str(ids(value)) for value in values)
        shown = name if name is not None else reprlib.repr(values if len(keys) > 1 else values[0])
        yield str(shown), dict(zip(keys, values, strict=True))


@contextmanager
def _own(asked: Iterable[str], number: int, fixtures: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Make what a row has of its own."""
    with ExitStack() as stack:
        own: dict[str, Any] = {}
        if "monkeypatch" in asked:
            own["monkeypatch"] = stack.enter_context(pytest.MonkeyPatch.context())
        if "tmp_path" in fixtures:
            own["tmp_path"] = fixtures["tmp_path"] / f"row{number}"
            own["tmp_path"].mkdir()
        yield own


@contextmanager
def _noted(name: str, failures: list[Exception]) -> Iterator[None]:
    """Keep what a row raises, with the row's name."""
    try:
        yield
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  # it is raised behind the last row
        error.add_note(f"in row {name}")
        failures.append(cast("Exception", error))


def _tell(failures: list[Exception], count: int) -> None:
    if len(failures) == 1:
        raise failures[0]
    if failures:
        names = "; ".join(error.__notes__[-1].removeprefix("in row ") for error in failures)
        message = f"{len(failures)} of {count} rows: {names}"
        raise BaseExceptionGroup(message, failures)

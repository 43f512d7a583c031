"""Paths of known steps: read, found, taken out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.json_diff import written
from gateway.core.json_path import JsonPath
from tests.harness.for_each import for_each

DOCUMENT = {"a": 1, "e": [{"at": 1, "x": 2}, {"at": 3}, 4], "*": 5, "a b": {"c": None}}


def test_what_stands_at_a_path_and_what_is_left_without_it() -> None:
    table: dict[str, tuple[list[object], object]] = {
        "$.a": ([1], {key: value for key, value in DOCUMENT.items() if key != "a"}),
        "$.e[*].at": ([1, 3], {**DOCUMENT, "e": [{"x": 2}, {}, 4]}),
        "$.e[1]": ([{"at": 3}], {**DOCUMENT, "e": [{"at": 1, "x": 2}, 4]}),
        "$['*']": ([5], {key: value for key, value in DOCUMENT.items() if key != "*"}),
        "$.*": (list(DOCUMENT.values()), {}),
        '$["a b"].c': ([None], {**DOCUMENT, "a b": {}}),
        "$.e.at": ([], DOCUMENT),
        "$[0]": ([], DOCUMENT),
        "$.missing.x": ([], DOCUMENT),
    }
    for text, (found, left) in table.items():
        path = JsonPath.parse(text)
        assert (path.find(DOCUMENT), path.without(DOCUMENT)) == (found, left), text
    assert JsonPath.parse("$.a").find("no map") == []
    assert JsonPath.parse("$.a").without(7) == 7


@for_each("text", ["", "$", "a", "$..a", "$.a[", "$[?@.a]", "$[1:2]", "$['']", "$.a b", "$.1", "x$.a"])
def test_what_is_no_path_of_this_part(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # it says nothing: whoever asked says what was expected
        JsonPath.parse(text)


@given(
    st.lists(
        st.integers(0, 999) | st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1),
        min_size=1,
        max_size=6,
    )
)
def test_a_path_that_is_written_is_read(steps: list[str | int]) -> None:
    document: object = 1
    for step in reversed(steps):
        document = {step: document} if isinstance(step, str) else [0] * step + [document]
    path = JsonPath.parse(written(tuple(steps)))
    assert path.find(document) == [1]
    assert path.find(json.loads(json.dumps(path.without(document)))) in ([], [0])

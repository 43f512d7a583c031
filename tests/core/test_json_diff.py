"""Two JSON values side by side."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.json_diff import ABSENT, DEEPEST, at, differs, places, written
from tests.harness.for_each import for_each

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@for_each(
    ("left", "right", "expected"),
    [
        (1, 1, []),
        (1, 2, ["$: 1 2"]),
        (1, True, ["$: 1 True"]),
        ({"a": {"b c": 1}}, {"a": {"b c": 2}}, ['$.a["b c"]: 1 2']),
        ({"a": None}, {}, ["$.a: None absent"]),
        ([1, 2], [1], ["$[1]: 2 absent"]),
        ([], {}, ["$: [] {}"]),
        ({"é": 1, "\x1b": 1}, {}, ['$["é"]: 1 absent', r'$["\u001b"]: 1 absent']),
        ({"\u202e": [{"x": 1}]}, {"\u202e": [{"x": 2}]}, [r'$["\u202e"][0].x: 1 2']),
    ],
)
def test_where_two_differ(left: object, right: object, expected: list[str]) -> None:
    assert [
        f"{written(place.path)}: {place.left} {'absent' if place.right is ABSENT else place.right}"
        for place in places(left, right)
        if differs(place)
    ] == expected


def test_lists_of_different_lengths_may_be_one_difference() -> None:
    found = [(written(place.path), place.left) for place in places([1, 2, 3], [1, 9], lengths=True) if differs(place)]
    assert found == [("$", [1, 2, 3]), ("$[1]", 2)]


@given(VALUES)
def test_nothing_differs_from_itself_and_each_place_is_found_again(value: object) -> None:
    for place in places(value, value):
        assert not differs(place)
        assert at(value, place.path) is place.left


@given(VALUES, VALUES)
def test_two_values_differ_where_their_json_does(left: object, right: object) -> None:
    same = json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
    for lengths in (False, True):
        assert any(map(differs, places(left, right, lengths=lengths))) is not same


@pytest.mark.parametrize("lengths", [False, True])
def test_what_is_very_deep_is_compared_as_a_whole(lengths: bool) -> None:
    value: object = 1
    for _ in range(DEEPEST + 20):
        value = [value]
    [place] = places(value, value, lengths=lengths)
    assert len(place.path) == DEEPEST


@pytest.mark.parametrize(
    ("path", "found"), [((), {"a": [1]}), (("a", 0), 1), (("a", 1), None), (("b",), None), (("a", "x"), None)]
)
def test_what_stands_at_a_place(path: tuple[str | int, ...], found: object) -> None:
    assert at({"a": [1]}, path) == found

"""JSON as text with places, whole or broken."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.secrets.json_text import change, leaves, rebuilt
from tests.harness.for_each import for_each
from tests.planting import examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=12,
)


def flat(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], str]]:
    """Return what `leaves` must find, by walking what the parser of the standard library made."""
    if isinstance(value, dict):
        return [leaf for name, entry in value.items() for leaf in flat(entry, (*path, name))]
    if isinstance(value, list):
        return [leaf for at, entry in enumerate(value) for leaf in flat(entry, (*path, at))]
    if isinstance(value, str):
        return [(path, value)]
    return [] if value is None or isinstance(value, bool) else [(path, json.dumps(value))]


@examples(200)
@given(JSON, st.sampled_from([None, 2]), st.booleans())
def test_each_string_and_number_has_the_path_that_a_parser_would_give_it(
    value: object, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert [(leaf.path, leaf.value) for leaf in leaves(text)] == flat(value)


@examples(200)
@given(JSON)
def test_what_is_left_alone_keeps_its_bytes_and_what_changes_is_still_json(value: object) -> None:
    text = json.dumps(value, indent=1)
    assert change(text, lambda leaf: leaf.value) == text
    assert change(text, lambda _: None) == text
    changed = json.loads(change(text, lambda leaf: 'a"\\\n' if leaf.is_string else "12"))
    assert {entry for _, entry in flat(changed)} <= {'a"\\\n', "12"}


@for_each(
    ("text", "found"),
    [
        ('{"osName": "tvOS"\n"osVendor": "Apple"}', {("osName",): "tvOS", ("osVendor",): "Apple"}),
        ('{"a": {"mvpd": "x",}, "b": "y"}', {("a", "mvpd"): "x", ("b",): "y"}),
        ('{"a": [1, "2", {"b": 3}]}', {("a", 0): "1", ("a", 1): "2", ("a", 2, "b"): "3"}),
        ('{"access_token": "cut o', {("access_token",): "cut o"}),
        ('{"access_token": "cut o\\', {("access_token",): "cut o\\"}),
        ('{"access\\u005ftoken": "x"}', {("access_token",): "x"}),
        ('{"a": "\\q"}', {("a",): "\\q"}),
        ('{"a": "x"}}}] {"b": "y"}', {("a",): "x", ("b",): "y"}),
        ('"alone"', {(): "alone"}),
    ],
    ids=range(9),
)
def test_what_is_broken_is_read_as_far_as_it_goes(text: str, found: dict[tuple[str | int, ...], str]) -> None:
    assert {leaf.path: leaf.value for leaf in leaves(text)} == found


def test_a_number_becomes_one() -> None:
    """Not all that stands for a number is one: a placeholder is not, nor what begins with a nought."""
    for said, written in (("REDACTED-ZIP", "0"), ("0123", "0"), ("917", "917")):
        assert change('{"zip": 94107}', lambda _, said=said: said) == f'{{"zip": {written}}}'  # type: ignore[misc]


def test_what_is_deep_is_judged_by_the_names_so_far() -> None:
    text = '{"a":' * 5000 + '"x"' + "}" * 5000 + ',"b":"y"'
    deep, after = leaves(text)
    assert deep.path == ("a",) * 65
    assert after.path == ("b",)


def test_what_a_query_searches_is_rebuilt_from_the_leaves() -> None:
    assert rebuilt('{"a": [{"b": "x"}, 2], "c": {"d": "é\\u0041"') == {"a": [{"b": "x"}, "2"], "c": {"d": "éA"}}
    assert rebuilt("[[], 5]") == [None, "5"]

"""JSON as a text with places. Each string and number has the names that lead to it, so one value can change, and the rest stays.

The scanner accepts broken JSON. The documentation's own X-Device-Info lacks a comma, and its sixth sample has one too many. A secret in
such a text is still a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from json.encoder import encode_basestring_ascii as json_string
from typing import NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]

# the end of a text that is cut off ends a string, too
_TOKEN = re.compile(r'"((?:[^"\\]++|\\.?)*+)(?:"|\Z)(\s*+:)?|([{\[])|([}\]])|(-?[0-9][0-9.eE+-]*+)|(,)', re.DOTALL)
_STRING, _NAME, _OPENED, _CLOSED, _NUMBER = range(1, 6)
"""The pattern's groups. The last group that matched gives the kind of a token."""
_DEEPEST = 64
"""Largest depth of a path, in levels. A JSONPath library follows more levels. A deeper value is judged by the path so far."""


class Leaf(NamedTuple):
    """A string or a number of a JSON text."""

    path: Path
    """Names of members and indices of elements, outermost first."""
    start: int
    end: int
    """The place of the value. For a string, without its quotes."""
    text: str
    """The text as it is written, with its escapes."""
    is_string: bool

    @property
    def value(self) -> str:
        """The decoded text. An invalid escape stays as it is."""
        return _unescaped(self.text) if self.is_string else self.text


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def leaves(text: str) -> Iterator[Leaf]:
    """Yield the strings and numbers of a JSON text in their order."""
    path: list[str | int] = []
    name: str | int | None = None
    open_arrays: list[bool] = []  # for each open container: whether it is an array
    for token in _TOKEN.finditer(text):
        sort = token.lastindex
        if sort == _NAME:
            name = _unescaped(token[_STRING])
        elif sort in {_STRING, _NUMBER}:
            here = (*path, name) if name is not None else tuple(path)
            yield Leaf(here, *token.span(sort), token[sort], sort == _STRING)
        elif sort == _OPENED:
            if open_arrays and len(open_arrays) <= _DEEPEST:
                path.append("" if name is None else name)
            is_array = token[0] == "["
            open_arrays.append(is_array)
            name = 0 if is_array else None
        elif not open_arrays:
            continue
        elif sort == _CLOSED:
            open_arrays.pop()
            if open_arrays and len(open_arrays) <= _DEEPEST:
                name = path.pop()
        elif open_arrays[-1] and isinstance(name, int):  # a comma
            name += 1


def rebuilt(text: str) -> object:
    """Return the leaves of a text as parsed JSON, for JSONPath queries. The text may be broken."""
    root: dict[str | int, object] = {}
    for leaf in leaves(text):
        place = root
        for name in leaf.path[:-1]:
            inner = place.get(name)
            if not isinstance(inner, dict):
                inner = place[name] = {}
            place = inner
        if leaf.path:
            place[leaf.path[-1]] = leaf.value
    return _with_lists(root)


def _with_lists(value: object) -> object:
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(name, int) for name in value):
        return [_with_lists(value.get(index)) for index in range(max(value) + 1)]
    return {str(name): _with_lists(entry) for name, entry in value.items()}


def change(text: str, new: Callable[[Leaf], str | None]) -> str:
    """Return the text with changed leaves, where `new` returns another value. Every other byte stays."""
    pieces: list[str] = []
    at = 0
    for leaf in leaves(text):
        value = new(leaf)
        if value is None or value in {leaf.text, leaf.value}:
            continue
        pieces += (text[at : leaf.start], json_string(value)[1:-1] if leaf.is_string else _number(value))
        at = leaf.end
    return "".join([*pieces, text[at:]]) if pieces else text


def _number(value: str) -> str:
    """Return a JSON number for the replacement of a number. A placeholder becomes 0. A number has no leading zero."""
    return value if value.isascii() and value.isdigit() and not value.startswith("0") else "0"

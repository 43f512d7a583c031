"""YAML read strictly, event by event: no tag except !!binary, no anchor, no alias, and limits for depth and number.

Facts
-----
* Most of the time of `yaml.load` goes into nodes and the values made of them. Most of the rest goes into the cyclic collector, which
  walks the one growing tree again and again. So this module makes one interaction at a time from libyaml's events.
* With aliases, a kilobyte can stand for a gigabyte. A tag names a constructor. vcrpy needs neither, except for `!!binary`.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import TYPE_CHECKING, TypeAlias, Union

import yaml
from yaml.events import (
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from gateway.cassettes.errors import Problem
from gateway.cassettes.format import MAX_DEPTH, MAX_ITEMS
from gateway.cassettes.shape import line_at
from gateway.core.yaml_words import NULLS, meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_INTERACTIONS = 1_000_000

UNREADABLE = (UnicodeDecodeError, yaml.YAMLError)
"""The errors of reading a document that is not YAML. `unreadable` makes a `Problem` of them."""

Node: TypeAlias = Union[ScalarEvent, dict[str, "Node"], list["Node"]]  # noqa: UP007  a name in quotes cannot be or-ed

BINARY = "tag:yaml.org,2002:binary"

_LONGEST_QUOTED = 6
"""Longest number that a message quotes, in characters."""


class Document:
    """One YAML document as a stream of events, and the nodes made of them."""

    def __init__(self, text: str) -> None:
        # only the loader's parser is used; its resolver and constructor are never called
        self._next = yaml.CSafeLoader(text).get_event
        self._next()  # the stream's start
        if isinstance(self._next(), StreamEndEvent):
            raise Problem(1, "", "a map with `version` and `interactions`", "no document")

    def event(self) -> Event:
        """Return the next event. Raises `Problem` for an event that is not allowed."""
        event = self._next()
        if event is None:
            raise Problem(0, "", "a whole document", "its end")
        if isinstance(event, NodeEvent):
            if event.anchor is not None:  # an alias also has an anchor
                raise Problem(line_of(event), "", "no anchors and no aliases", "one of them")
            tag = getattr(event, "tag", None)
            if tag is not None and not (tag == BINARY and isinstance(event, ScalarEvent)):
                raise Problem(line_of(event), "", "no tag but !!binary", f"the tag {tag[:60]}")
        return event

    def entries(self) -> Iterator[tuple[str, int]]:
        """Yield the keys of the top-level map and their lines. The caller reads each value before it asks for the next."""
        start = self.event()
        if not isinstance(start, MappingStartEvent):
            raise Problem(line_of(start), "", "a map with `version` and `interactions`", kind(start))
        seen: set[str] = set()
        while not isinstance(key := self.event(), MappingEndEvent):
            if not isinstance(key, ScalarEvent) or key.tag is not None:
                raise Problem(line_of(key), "", "text as key", kind(key))
            if key.value in seen:
                raise Problem(line_of(key), "", "each key once", f"{key.value[:60]!r} again")
            if len(seen) > MAX_ITEMS:
                raise Problem(line_of(key), "", f"at most {MAX_ITEMS} keys", "more")
            seen.add(key.value)
            yield key.value, line_of(key)
        end = self.event()
        if not isinstance(end, DocumentEndEvent) or not isinstance(after := self.event(), StreamEndEvent):
            raise Problem(line_of(after), "", "one YAML document", "another one behind it")

    def items(self, where: str) -> Iterator[tuple[int, Node]]:
        """Yield the entries of the next list, each with its line."""
        start = self.event()
        if not isinstance(start, SequenceStartEvent):
            raise Problem(line_of(start), where, "a list", kind(start))
        count = 0
        while not isinstance(event := self.event(), SequenceEndEvent):
            count += 1
            if count > MAX_INTERACTIONS:
                raise Problem(line_of(event), where, f"at most {MAX_INTERACTIONS} interactions", "more")
            yield line_of(event), self.node(event)

    def node(self, event: Event, depth: int = 2) -> Node:
        """Make the node that begins with `event`."""
        if isinstance(event, ScalarEvent):
            return event
        if depth >= MAX_DEPTH:
            raise _too_deep(line_of(event))
        if isinstance(event, MappingStartEvent):
            return self._map(depth + 1)
        items: list[Node] = []
        while not isinstance(item := self.event(), SequenceEndEvent):
            if len(items) >= MAX_ITEMS:
                raise Problem(line_of(item), "", f"at most {MAX_ITEMS} entries", "more")
            items.append(self.node(item, depth + 1))
        return items

    def _map(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(key := self.event(), MappingEndEvent):
            if not isinstance(key, ScalarEvent) or key.tag is not None:
                raise Problem(line_of(key), "", "text as key", kind(key))
            if key.value in entries:
                raise Problem(line_of(key), "", "each key once", f"{key.value[:60]!r} again")
            if len(entries) >= MAX_ITEMS:
                raise Problem(line_of(key), "", f"at most {MAX_ITEMS} entries", "more")
            entries[key.value] = self.node(self.event(), depth)
        return entries


def unreadable(error: UnicodeDecodeError | yaml.YAMLError, data: bytes) -> Problem:
    """Return the line where `data` is no longer YAML."""
    if isinstance(error, UnicodeDecodeError):
        return Problem(line_at(data, error.start), "", "UTF-8", f"the byte {data[error.start]:#04x}")
    if isinstance(error, ReaderError):  # a character that YAML does not allow; libyaml then counts in bytes
        return Problem(line_at(data, int(error.position)), "", "YAML", f"other text: {error.reason}")
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else 0
    problem = getattr(error, "problem", error)
    if problem == "exceeded maximum nesting depth":  # libyaml 0.2.6 has its own limit, and parses ahead of the events
        return _too_deep(line)
    return Problem(line, "", "YAML", f"other text: {problem}")


def _too_deep(line: int) -> Problem:
    return Problem(line, "", f"at most {MAX_DEPTH} maps and lists within one another", "more")


def line_of(node: Event | Node, default: int = 0) -> int:
    """Return the line, from 1, where `node` begins. For an empty map or list, return `default`."""
    while isinstance(node, dict | list):
        first = next(iter(node.values() if isinstance(node, dict) else node), None)
        if first is None:
            return default
        node = first
    mark = node.start_mark
    return int(mark.line) + 1 if mark is not None else default


def kind(node: Event | Node | None) -> str:
    """Describe the value that was found. Only a short number is quoted, since other text may be secret."""
    if node is None:
        return "nothing"
    if isinstance(node, dict | MappingStartEvent):
        return "a map"
    if isinstance(node, list | SequenceStartEvent):
        return "a list"
    if isinstance(node, ScalarEvent):
        return "null" if is_null(node) else "binary" if node.tag else _kind_of_text(node)
    return "the end"


def _kind_of_text(node: ScalarEvent) -> str:
    plain = meaning(str(node.value)) if _is_plain(node) else ""
    if isinstance(plain, bool):
        return str(plain).lower()
    if isinstance(plain, str):
        return "text"
    return str(node.value) if len(node.value) <= _LONGEST_QUOTED else "a number"


def is_null(node: Node | None) -> bool:
    """Whether `node` is absent or null."""
    return node is None or (isinstance(node, ScalarEvent) and _is_plain(node) and node.value in NULLS)


def content(node: ScalarEvent, where: str) -> bytes:
    """Return a scalar's bytes: its text as UTF-8, or its Base64 decoded."""
    if node.tag is None:
        return str(node.value).encode()
    try:
        return a2b_base64("".join(node.value.split()), strict_mode=True)
    except (Base64Error, ValueError):
        raise Problem(line_of(node), where, "Base64 after !!binary", "something else") from None


def value(node: Node, where: str) -> object:
    """Return the value of `node`: text, or for an unquoted word null, a boolean or a number (YAML 1.2's core schema)."""
    if isinstance(node, dict):
        return {key: value(item, where) for key, item in node.items()}
    if isinstance(node, list):
        return [value(item, where) for item in node]
    if node.tag is not None:
        return content(node, where)
    return meaning(str(node.value)) if _is_plain(node) else str(node.value)


def _is_plain(node: ScalarEvent) -> bool:
    # implicit[0]: the scalar has neither quotes nor a tag
    return bool(node.implicit[0])

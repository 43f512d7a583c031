"""Caches the results of functions by the parts of a call that they read: a new part costs only the functions that read it.

Facts
-----
* The first part that a function reads is the same for every call. The next part depends on the values that it has read so far. So
  the result for one call is valid for another call, if all parts that the function read have equal values in both.
* Many functions read only the kind of a call (`kinds.py`). Their results are kept once for all calls of the kind. So a new token, or a
  new identifier without mistakes, costs no function.
* The other functions form groups, by the other parts that they read. A group costs one look-up. The parts of a group are all parts that
  its functions have read so far. When a function reads a new part, the results that were kept without it are not found again.
* A look-up takes as long as calling one or two functions, and the path is often a new one. So if the functions of a small group read the
  path, they are called for every call, without a look-up.
* Most calls of a kind come from one application, and the parts of all groups are equal in these calls. So a kind keeps the results of
  its last call. If all parts of the next call are equal, it gets these results without a look-up.
* A result is not kept when its call comes for the first time. So a client that sends only new lines does not displace kept results.
  A call that comes for the first time is not watched either, since watching takes longer than calling the functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar

from msgspec import Struct

from gateway.core.adobe.call import FORWARDED, USER_AGENT, Call
from gateway.core.adobe.routes import SSO, STATUS
from gateway.core.bounded import Bounded, size_of
from gateway.core.kinds import LIKE, Kind
from gateway.core.path_variants import OF_PATH

T = TypeVar("T")

FEW = 3
"""This many functions run in less time than a look-up with its preparation."""


class CallParts(Struct, frozen=True):
    """Parts of a call, by their names. Their values are compared."""

    attributes: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    """The names of header fields, in lower case."""


def _fields(*names: str) -> CallParts:
    return CallParts(fields=frozenset(names))


def _attributes(*names: str) -> CallParts:
    return CallParts(frozenset(names))


_PLACE = _attributes("method_and_path")
_QUERY = _attributes("query_and_form")
MADE_OF: Mapping[str, CallParts] = {
    "authorization": _attributes("token_kind"),
    "content": _QUERY,
    "described": _attributes("info_text"),
    "form": _attributes("query_and_form", "has_body"),
    "forwarded": _fields(FORWARDED),
    "forwarded_count": _fields(FORWARDED),
    "given": _attributes("fields"),
    "identifier": _attributes("identifier_kind"),
    "info": _attributes("info_text"),
    "is_browser": _attributes("agent"),
    "is_on": _attributes("route"),
    "is_server": _attributes("agent"),
    "jwt": _attributes("token_kind"),
    "lacks": _attributes("names", "blank"),
    "method": _PLACE,
    "parameter": _attributes("query_and_form", "has_body"),
    "parameters": _QUERY,
    "partner_status": _fields(STATUS),
    "path": _PLACE,
    "place": _PLACE,
    "present": _attributes("names"),
    "query": _QUERY,
    "sso": _fields(*SSO),
    "sso_names": _attributes("names", "blank"),
    "target": _attributes("method_and_path", "query_and_form"),
    "user_agent": _fields(USER_AGENT),
}
"""Properties that cannot be compared, or are seldom read alone, each with the parts that it is made of. Any other property is a part."""

_Said: TypeAlias = Sequence[tuple[int, T]]
"""Results of functions, each with the function's position."""
_Functions: TypeAlias = tuple[tuple[int, Callable[[Any], T | None]], ...]
"""Functions, each with its position."""


class Watched:
    """A call while one function reads it. It notes the parts that the function reads."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._asked: set[str] = set()
        self._fields: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self._asked.add(name)
        value = self.__dict__[name] = getattr(self._call, name)
        return value

    def header(self, name: str) -> str:
        """Return what `Call.header` does."""
        self._fields.add(name)
        return self._call.header(name)

    def lines(self, name: str) -> Sequence[str]:
        """Return what `Call.lines` does."""
        self._fields.add(name)
        return self._call.lines(name)

    def has(self, name: str) -> bool:
        """Return what `Call.has` does."""
        self._fields.add(name)
        return self._call.has(name)

    @property
    def asked(self) -> CallParts:
        """The parts that were read, besides the kind of the call. A missing field belongs to the kind."""
        attributes, fields = set(), self._fields.copy()
        for name in self._asked:
            made_of = MADE_OF.get(name)
            if made_of is None:
                attributes.add(name)
            else:
                attributes |= made_of.attributes
                fields |= made_of.fields
        return CallParts(frozenset(attributes.difference(LIKE)), frozenset(fields & self._call.names))


class ByParts(Generic[T]):
    """Functions of a call. Most results are None."""

    def __init__(self, name: str, functions: Iterable[Callable[[Any], T | None]], limit: int) -> None:
        """Take functions of a `Call`. `limit`: size of all kept results, in bytes."""
        self._functions = tuple(functions)
        self._numbers = count()
        self._kept: Bounded[Any, _Said[T]] = Bounded(
            name,
            limit,
            longest=1 << 14,
            size=lambda key, said: 300 + _length(key) + 1000 * len(said),
            regulars=True,
        )

    def __call__(self, call: Call, kind: Kind | None) -> list[T]:
        """Return the results of the functions for a call of this kind, in their order. `kind`: None if it is not known."""
        if kind is None:
            return [value for function in self._functions if (value := function(call)) is not None]
        plan: CallPlan[T] = kind.plan
        found = list(plan.said)
        found += _said_by(plan.asked, call)
        last = plan.last
        found += last.found if last is not None and last.parts.of(call) == last.values else self._looked_up(plan, call)
        return _in_order(found)

    def _looked_up(self, plan: CallPlan[T], call: Call) -> list[tuple[int, T]]:
        """Return the results of all groups."""
        found: list[tuple[int, T]] = []
        are_kept = True
        for group in plan.groups:
            key = group.key(call)
            kept: _Said[T] | None = self._kept.get(key)
            if kept is None and self._kept.keeps(key):
                kept = self._watched(group, call)
            elif kept is None:
                kept, are_kept = _said_by(group.functions, call), False
            found += kept
        if are_kept:
            parts = _Reader([group.parts for group in plan.groups])
            plan.last = _Last(parts, parts.of(call), found)
        return found

    def plan(self, call: Call) -> CallPlan[T]:
        """Call every function, and return the plan for calls of the same kind."""
        said: list[tuple[int, T]] = []
        groups: dict[CallParts, _Group[T]] = {}
        for place, function in enumerate(self._functions):
            watched = Watched(call)
            value = function(watched)
            asked = watched.asked
            if asked != CallParts():
                group = groups.setdefault(asked, _Group(next(self._numbers), asked))
                group.functions += ((place, function),)
            elif value is not None:
                said.append((place, value))
        few = [group for group in groups.values() if len(group.functions) <= FEW and group.reads_path]
        read_path = [entry for group in few for entry in group.functions]
        return CallPlan(tuple(said), tuple(read_path), tuple([group for group in groups.values() if group not in few]))

    def _watched(self, group: _Group[T], call: Call) -> _Said[T]:
        """Call the functions of a group, note the parts that they read, and keep the results."""
        watched = Watched(call)
        said = tuple(_said_by(group.functions, watched))
        group.learn(watched.asked)
        self._kept.put(group.key(call), said)
        return said


class _Reader:
    """Reads the values of some parts of a call."""

    __slots__ = ("_attributes", "_fields")

    def __init__(self, several: Iterable[CallParts]) -> None:
        several = list(several)
        attributes = sorted(frozenset().union(*[parts.attributes for parts in several]))
        self._attributes = attrgetter(*attributes) if attributes else None
        self._fields = tuple(sorted(frozenset().union(*[parts.fields for parts in several])))

    def of(self, call: Call) -> tuple[object, ...]:
        """Return the values."""
        values = self._attributes(call) if self._attributes is not None else None
        return values, *map(call.line, self._fields)


class _Group(Generic[T]):
    """Functions that read the same parts, with their places among all functions."""

    __slots__ = ("_read", "functions", "number", "parts")

    def __init__(self, number: int, parts: CallParts) -> None:
        self.number = number
        self.functions: _Functions[T] = ()
        self.parts = CallParts()
        self.learn(parts)

    def learn(self, parts: CallParts) -> None:
        """Use these parts, too, to tell calls apart."""
        if parts.attributes <= self.parts.attributes and parts.fields <= self.parts.fields:
            return
        self.parts = CallParts(self.parts.attributes | parts.attributes, self.parts.fields | parts.fields)
        self._read = _Reader([self.parts])

    @property
    def reads_path(self) -> bool:
        """Whether a function reads a part that depends on the values in the path."""
        return not OF_PATH.isdisjoint(self.parts.attributes)

    def key(self, call: Call) -> tuple[object, ...]:
        """Return the values of the group's parts in a call. With more parts it is longer."""
        return self.number, len(self.parts.attributes), self._read.of(call)


class _Last(Struct, Generic[T], frozen=True, eq=False):
    """The results of all groups for one call."""

    parts: _Reader
    """Reads all parts of the groups."""
    values: tuple[object, ...]
    """The values of these parts."""
    found: _Said[T]


class CallPlan(Struct, Generic[T]):
    """The shared results of the calls of a kind, and the functions that must read each call."""

    said: _Said[T]
    asked: _Functions[T]
    """The functions of small groups that read the path."""
    groups: tuple[_Group[T], ...]
    last: _Last[T] | None = None
    """The results for the last call whose results were kept by all groups. None: there was no such call."""

    @property
    def size(self) -> int:
        """The rough size in bytes."""
        functions = sum([len(group.functions) for group in self.groups]) + len(self.asked)
        return 1000 + 100 * functions + 1000 * (len(self.groups) + len(self.said))


def _said_by(functions: _Functions[T], call: Any) -> list[tuple[int, T]]:
    """Call functions with a call, or with a `Watched` call."""
    return [(place, value) for place, function in functions if (value := function(call)) is not None]


def _in_order(said: list[tuple[int, T]]) -> list[T]:
    if len(said) > 1:
        said.sort(key=_place)
    return [value for _, value in said]


def _place(entry: tuple[int, Any]) -> int:
    return entry[0]


def _length(value: object) -> int:
    """Return the rough size of a part, in bytes."""
    if isinstance(value, str | bytes):
        return 60 + len(value)
    return 60 + sum(map(_length, value)) if isinstance(value, tuple | frozenset) else size_of(value)

"""The kinds of calls. Very many calls are of one kind, and most of their audit is the same.

Facts
-----
* The kind of a call consists of the parts in `LIKE`: its route, the names of its fields, the kinds of its token and of its identifier.
  It does not depend on who calls, and at which time.
* What is known of a kind hangs at one object (`Kind`): the findings of checks (`by_parts.py`), and the form of the keys of slices
  (`steps_of.py`). So a call costs one look-up.
* A client that sends only new kinds displaces nothing: a kind is kept when it comes for the second time.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from msgspec import Struct, field

from gateway.core.adobe.call import Call
from gateway.core.bounded import Bounded, size_of

LIKE = (
    *("route", "version", "misplaced", "names", "blank", "repeats", "has_body", "inbound", "origin", "ours"),
    *("token_kind", "identifier_kind", "agent", "is_roku", "may_be_unfilled"),
)
"""The parts that tell the kind of a call."""
_like = attrgetter(*LIKE)


MOST_FORMS = 4
"""Largest number of kept forms of a kind. One is needed for each set of texts that are not empty."""
_FORM = 2000
"""The rough size of a form, in bytes."""


class Kind(Struct, eq=False):
    """The known facts about the calls of a kind."""

    plan: Any
    """How the checks of requests judge these calls."""
    forms: dict[tuple[bool, ...], Any] = field(default_factory=dict)
    """The keys of slices, by which texts of a call are not empty."""


class Kinds:
    """Finds the kind of a call."""

    def __init__(self, name: str, limit: int, plan: Callable[[Call], Any]) -> None:
        """`limit`: size of all kinds, in bytes. `plan` returns the plan for a call and all others of its kind; it has a `size`."""
        self._plan = plan
        self._kept: Bounded[tuple[object, ...], Kind] = Bounded(
            name, limit, longest=1 << 16, size=_size_of_kind, regulars=True
        )

    def __call__(self, call: Call) -> Kind | None:
        """Return the kind of a call. None if it comes for the first time."""
        like: tuple[object, ...] = _like(call)
        kind: Kind | None = self._kept.get(like)
        if kind is None and self._kept.keeps(like):
            kind = Kind(self._plan(call))
            self._kept.put(like, kind)
        return kind


def _size_of_kind(like: tuple[object, ...], kind: Kind) -> int:
    own = like[1:]  # the first part, the route, is shared
    return 1000 + _length(own) + int(kind.plan.size) + MOST_FORMS * _FORM


def _length(value: object) -> int:
    """Return the rough size of a part, in bytes."""
    if isinstance(value, tuple | frozenset):
        return 60 + sum(map(_length, value))
    return size_of(value)

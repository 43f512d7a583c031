"""The kinds of calls. Very many calls are of one kind, and most of their audit is the same.

Facts
-----
* The kind of a call consists of the parts in `LIKE`: its route, the names of its fields, the kinds of its token and of its identifier.
  The caller and the time are not in it.
* One object (`Kind`) holds all known facts about a kind: the findings of checks (`by_parts.py`, `against_clock.py`), and the form of the
  keys of slices (`steps_of.py`). So a call costs one look-up.
* A kind is kept when it comes for the second time. So a client that sends only new kinds does not displace the kept ones.
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
"""Largest number of kept forms of a kind. Calls of a kind need different forms if different texts of them are empty."""
_FORM = 2000
"""The rough size of a form, in bytes."""


class Kind(Struct, eq=False):
    """The known facts about the calls of a kind."""

    plan: Any
    """How the checks of requests judge these calls."""
    forms: dict[tuple[bool, ...], Any] = field(default_factory=dict)
    """The form of the keys of slices. The dict's key says of each text of a call whether it is there (true), or empty (false)."""
    quiet: dict[tuple[bool | None, ...], bool] = field(default_factory=dict)
    """True if all checks against the clock find nothing in calls of this kind. The dict's key is `Phase.passed`."""


class Kinds:
    """Finds the kind of a call."""

    def __init__(self, name: str, limit: int, plan: Callable[[Call], Any]) -> None:
        """`limit`: size of all kinds, in bytes. `plan` returns the plan for all calls of the kind of a call. A plan has a `size`."""
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

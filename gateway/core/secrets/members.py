"""Redacts JSON, whole or cut off, by the names of its members."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from gateway.core.secrets import json_text, values
from gateway.core.secrets.chosen import KEPT, choice_of, chosen_in
from gateway.core.secrets.common import is_told_of
from gateway.core.secrets.lookup import kind_of_member, kind_of_pair
from gateway.core.secrets.policy import PLAIN_MEMBERS
from gateway.core.secrets.scrub import Scrub

_SAYS_NAME = frozenset({"name", "key", "header", "field"})
"""Members with the name of the `value` beside them. A HAR has `name`, Postman and AWS have `key`."""


def redact_json(text: str, scrub: Scrub, nested: int = 0, *, under: str | None = None) -> str:
    """Return a JSON text, whole or cut off, without its secrets.

    `under`: the kind of the value that is this text. Its members have this kind, too, if they have no other kind and are not in
    PLAIN_MEMBERS.
    """
    if nested > values.NESTED:
        return scrub("json", text)
    chosen = chosen_in(text, scrub.policy)
    beside = _Beside(text)

    def new(leaf: json_text.Leaf) -> str | None:
        kind = choice_of(leaf, chosen) if chosen else None
        if kind == KEPT:
            return None
        names = [name for name in leaf.path if isinstance(name, str)]
        value = leaf.value
        if not kind and _is_value(leaf):
            kind = next(
                filter(None, (kind_of_pair(named, value, scrub.policy) for named in beside.names(leaf.path))), None
            )
        if not kind and not is_told_of(leaf.path, value):
            kind = kind_of_member(
                names, value, scrub.policy, is_number=not leaf.is_string, beside=lambda: beside.members(leaf.path)
            )
        if under and not kind and (not names or names[-1].lower() not in PLAIN_MEMBERS):
            kind = under
        if kind:
            return values.redact_value(kind, value, scrub, nested)
        return values.redact_embedded(value, scrub, nested) if leaf.is_string else None

    return json_text.change(text, new)


class _Beside:
    """The other members of a member's object, read on the first use."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._members: dict[json_text.Path, set[str]] | None = None
        self._names: dict[json_text.Path, dict[str, str]] | None = None

    def members(self, path: json_text.Path) -> AbstractSet[str]:
        """Return the names in the object around a member, in lower case, and the names one level below."""
        if self._members is None:
            self._members = {}
            for leaf in json_text.leaves(self._text):
                for end in (len(leaf.path) - 1, len(leaf.path) - 2):
                    if end >= 0 and isinstance(name := leaf.path[end], str):
                        self._members.setdefault(leaf.path[:end], set()).add(name.lower())
        return self._members.get(path[:-1], set())

    def names(self, path: json_text.Path) -> Sequence[str]:
        """Return the names in the `name` or `key` beside a `value`. Dumps of headers and forms have such members."""
        if self._names is None:
            self._names = {}
            for leaf in json_text.leaves(self._text):
                if leaf.is_string and leaf.path and (member := str(leaf.path[-1]).lower()) in _SAYS_NAME:
                    self._names.setdefault(leaf.path[:-1], {})[member] = leaf.value
        return [*self._names.get(path[:-1], {}).values()]


def _is_value(leaf: json_text.Leaf) -> bool:
    return bool(leaf.path) and str(leaf.path[-1]).lower() == "value"

"""Looks up the kind of a value by its name: in the lists of the policy, otherwise by the words of the name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from gateway.core.secrets.common import COMMON, fits
from gateway.core.secrets.names import kind_of_name
from gateway.core.secrets.percent import percent_decoded
from gateway.core.secrets.policy import MEMBERS_UNDER, NAMES, PLAIN_MEMBERS, Policy

_IDENTIFIER = re.compile(r"(?=[^0-9]*[0-9])\S{6,}")
"""The form of an identifier below a secret's name: no blanks, and at least one digit."""
_FEWEST_DIGITS = 5


def is_kept(name: str, policy: Policy) -> bool:
    """Return whether a configuration keeps the parameters with this name."""
    return policy.parameters.get(percent_decoded(name).lower()) == ""


def kind_of_parameter(name: str, value: str, policy: Policy) -> str | None:
    """Return the kind of a parameter's value, in a query or in a form. Empty if the value is kept.

    A name that is in no list is judged by its words. `name` and `value` are decoded.
    """
    lower = name.lower()
    kind = policy.parameters.get(lower)
    if kind is None:
        return kind_of_name(name, value, in_url=True)
    return kind if kind != NAMES.get(lower) or fits(lower, value, in_url=True) else None


def kind_of_pair(name: str, value: str, policy: Policy) -> str | None:
    """Return the kind of a value whose name is in a member beside it. The name may be a header field's or a parameter's."""
    kind = policy.header(name.lower())
    return kind_of_parameter(name, value, policy) if kind is None else kind


def kind_of_member(
    names: Sequence[str],
    value: str,
    policy: Policy,
    *,
    is_number: bool = False,
    beside: Callable[[], AbstractSet[str]] = frozenset,
) -> str | None:
    """Return the kind of a value by its own name and by the names above it.

    `names`: from the top to the value's own name. `is_number`: the value is a JSON number. `beside` returns the names beside its own, in
    lower case.
    """
    lower = [name.lower() for name in names]
    if not lower or lower[-1] in PLAIN_MEMBERS:
        return None
    for at in range(len(lower) - 1, -1, -1):
        kind = MEMBERS_UNDER.get((lower[at - 1], lower[at])) if at else None
        if kind:
            return kind
        kind = policy.members.get(lower[at])
        if kind and _may_be(lower[at], at == len(lower) - 1, lower[-1], value, beside, is_number=is_number):
            return kind
    kind = kind_of_name(names[-1], value, is_number=is_number)
    if kind is None and lower[-1] == "value" and len(names) > 1:  # a user's metadata: {"pin": {"value": …, "state": …}}
        kind = kind_of_name(names[-2], value, is_number=is_number)
    return kind


def _may_be(
    name: str, is_own: bool, last: str, value: str, beside: Callable[[], AbstractSet[str]], *, is_number: bool
) -> bool:
    """Return whether a value fits the secret that its name, or a name around it, stands for."""
    if is_number and len(value) < _FEWEST_DIGITS:
        return False  # a count, a flag, the first user of a demonstration
    if not is_own and last != "value" and (name in COMMON or not _IDENTIFIER.fullmatch(value.strip())):
        return False
    return name not in COMMON or fits(name, value, beside() if name == "code" and is_own else frozenset())

"""Calls that differ from an earlier call only in the values in their path, such as a new MVPD of the same device.

Facts
-----
* Calls that differ only in this way have the same route, method, query and fields. Only the parts in `OF_PATH` are different. So a new
  call keeps everything else that was read of the first one.
* Only checks that read a part in `OF_PATH` may find something else (`by_parts.py`).
* If the texts in the keys of slices are the same, too, these calls share their steps. They also share which steps rest.
"""

from __future__ import annotations

from collections.abc import Hashable

from msgspec import Struct

from gateway.core.adobe.call import Call
from gateway.core.kinds import Kind
from gateway.core.steps_of import StepsOfCall

OF_PATH = frozenset({"method_and_path", "provider", "code", "whole_tag"})
"""The parts of a call, as `by_parts.MADE_OF` names them, that differ between these calls."""


class PathVariants(Struct, eq=False):
    """The known facts about calls that differ only in the values in their path."""

    call: Call
    """The first of these calls."""
    kind: Kind
    over_time: StepsOfCall
    """The steps of the first of these calls."""


def size_of_variants(key: tuple[Hashable, ...], variants: PathVariants) -> int:
    """Return the rough size in bytes: of the call, and of its steps. A call is read lazily, into an object for each field and parameter."""
    call = variants.call
    characters = sum([len(value) for _, value in call.fields]) + 2 * len(call.query) + len(call.content)
    parts = sum([value.count(b",") + 1 for _, value in call.fields]) + call.query.count("&") + call.content.count(b"&")
    return 8000 + 3 * characters + 120 * parts + 200 * len(key) + 200 * len(variants.over_time.all.steps)

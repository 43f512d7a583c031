"""How a rule declares its options: they are the fields of its Struct, and nothing repeats them.

Facts
-----
* A field's type and default are the option's, and the text below it is its documentation. Configuration, JSON Schema and the
  rule itself are made of that one declaration (gateway/config/rules.py reads it).
* Where the type alone does not say what may stand there, a `AsWritten` beside it does.
* A `FormerlyWritten` beside the type names a deprecated key. Configurations that have it keep their meaning, and are told of it.
* A field that is no option of the rule has a `TakenFrom` beside its type: another key of the configuration gives its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct


class AsWritten(Struct, frozen=True):
    """Beside the type of an option: what a configuration must say there."""

    expected: str
    """In words, as they follow `expected` in a message."""
    read: Callable[[Any], Any]
    """Returns the option's value for the written value; None if that is none."""
    schema: Mapping[str, object] | None = None
    """How a JSON Schema describes what is written, where that is of another type; None: what is read has the option's type already."""


class TakenFrom(Struct, frozen=True):
    """Beside the type of a field that is no option: where its value comes from."""

    key: str
    """A key of the configuration, such as `audit.response_header`."""


class FormerlyWritten(Struct, frozen=True):
    """Beside the type of an option: the deprecated key that is still read in its place, and what its values are called now."""

    key: str
    values: Mapping[str | int, str]

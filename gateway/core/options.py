"""The declaration of a rule's options: they are the fields of its Struct, and are declared nowhere else.

Facts
-----
* A field gives an option its type and default. The text below the field is the option's documentation. Configuration, JSON Schema and
  the rule itself use this one declaration (gateway/config/rules.py reads it).
* If the type alone does not tell the allowed values, `AsWritten` beside the type does.
* `FormerlyWritten` beside the type names a deprecated key. A configuration with this key keeps its meaning, and gets a warning.
* A field that is not an option has `TakenFrom` beside its type: its value comes from another key of the configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct


class AsWritten(Struct, frozen=True):
    """Beside the type of an option: the values that a configuration may have there."""

    expected: str
    """The allowed values in words, which follow `expected` in a message."""
    read: Callable[[Any], Any]
    """Returns the option's value for the written value; None for a wrong value."""
    schema: Mapping[str, object] | None = None
    """The JSON Schema of the written value, if it has another type. None: the written value has the option's type."""


class TakenFrom(Struct, frozen=True):
    """Beside the type of a field that is not an option: the source of its value."""

    key: str
    """A key of the configuration, such as `audit.response_header`."""


class FormerlyWritten(Struct, frozen=True):
    """Beside the type of an option: the deprecated key that is still read in its place, and the new names of its values."""

    key: str
    values: Mapping[str | int, str]

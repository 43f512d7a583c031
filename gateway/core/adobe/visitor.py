"""The AP-Visitor-Identifier header: a bare Experience Cloud ID."""

from __future__ import annotations

from msgspec import Struct

from gateway.core.adobe.malformed import Malformed, shape, whole_redacted
from gateway.core.bounded import remembered
from gateway.core.value import repr_without


class Visitor(Struct, frozen=True):
    """An Experience Cloud ID."""

    id: str

    __repr__, __rich_repr__ = repr_without("id")


@remembered()
def read_visitor(value: str) -> Visitor | Malformed:
    """Read the value of AP-Visitor-Identifier. The appendix shows it in quotes, the page about the ECID without quotes."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return Malformed("quotes", f"{shape(value[1:-1])} in quotes", "the ECID without quotes")
    if not value or any(character.isspace() for character in value) or not value.isascii():
        return whole_redacted("id", value) or Malformed("id", shape(value), "one ECID")
    return Visitor(value)

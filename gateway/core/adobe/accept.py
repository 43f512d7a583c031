"""The Accept header, of which v2 takes one value: JSON."""

from __future__ import annotations

from msgspec import Struct

from gateway.core.adobe.malformed import Malformed, shown_media
from gateway.core.bounded import remembered

EXPECTED = "application/json, with charset=utf-8 or without"


class Accept(Struct, frozen=True):
    """A value that v2 takes."""

    charset: bool


@remembered()
def read_accept(value: str) -> Accept | Malformed:
    """Read the value of Accept."""
    media, *parameters = [part.strip().lower() for part in value.split(";")]
    if media == "application/json" and all(text in {"charset=utf-8", 'charset="utf-8"'} for text in parameters):
        return Accept(bool(parameters))
    return Malformed("media type", shown_media(value), EXPECTED)

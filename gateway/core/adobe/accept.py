"""The Accept header: v2 answers JSON, and the pages name one value.

Facts
-----
* Since October 2025 the logout page requires `application/json;charset=utf-8`. Before that, and in every sample, it is `application/json`.
* The HTTP libraries of the platforms send `*/*` (Fetch standard section 4.1, okhttp and URLSession as their users set them) or
  `application/json, text/plain, */*` (axios). Calls with these values are answered, as was seen.
"""

from __future__ import annotations

from msgspec import Struct

from gateway.core.adobe.malformed import LONGEST, Malformed, shown_media
from gateway.core.bounded import remembered

EXPECTED = "application/json, with charset=utf-8 or without"
_JSON = frozenset({"application/json", "application/*", "*/*"})
"""The media ranges that include JSON (RFC 9110 section 12.5.1)."""


class Accept(Struct, frozen=True):
    """A value that allows JSON."""

    exact: bool
    """Whether it is the value that the pages name."""
    found: str
    """The text to show."""


@remembered()
def read_accept(value: str) -> Accept | Malformed:
    """Read the value of Accept. A value without JSON is Malformed."""
    found = shown_media(value)
    ranges = [_range(text) for text in value.lower()[:LONGEST].split(",")]
    if len(ranges) == 1 and ranges[0][0] == "application/json" and ranges[0][1] <= {"charset=utf-8", 'charset="utf-8"'}:
        return Accept(True, found)
    if any(media in _JSON and not parameters & {"q=0", "q=0.0", "q=0.00", "q=0.000"} for media, parameters in ranges):
        return Accept(False, found)
    return Malformed("media type", found, EXPECTED)


def _range(text: str) -> tuple[str, frozenset[str]]:
    media, *parameters = [part.strip() for part in text.split(";")]
    return media, frozenset(parameters)

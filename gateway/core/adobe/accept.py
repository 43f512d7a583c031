"""The Accept header: v2 answers JSON, and the pages name one value.

Facts
-----
* The logout page wants `application/json;charset=utf-8` since October 2025; before that, and in every sample, it is `application/json`.
* The HTTP libraries of the platforms send `*/*` (Fetch standard section 4.1, okhttp and URLSession as their users set them) or
  `application/json, text/plain, */*` (axios), and calls with these were seen to be answered.
"""

from __future__ import annotations

from msgspec import Struct

from gateway.core.adobe.malformed import LONGEST, Malformed, shown_media
from gateway.core.bounded import remembered

EXPECTED = "application/json, with charset=utf-8 or without"
_JSON = frozenset({"application/json", "application/*", "*/*"})
"""The media ranges that JSON is in (RFC 9110 section 12.5.1)."""


class Accept(Struct, frozen=True):
    """A value that JSON is among."""

    exact: bool
    """Whether it is the value of the pages."""
    found: str
    """The text to show."""


@remembered()
def read_accept(value: str) -> Accept | Malformed:
    """Read the value of Accept; one that leaves JSON out is Malformed."""
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

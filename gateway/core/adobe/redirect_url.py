"""The redirectUrl parameter: an absolute URL, percent-encoded once.

Facts
-----
* An application may have its own scheme, with nothing after it: `adbe.` and 22 characters, then `://` (TVE Dashboard channels page).
* The schemes http and https need a host (RFC 9110 section 4.2). `host:8080/path` has no scheme, though `host:` looks like one.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe.malformed import LONGEST
from gateway.core.bounded import remembered
from gateway.core.secrets.pseudonyms import is_pseudonym

Flaw: TypeAlias = Literal["not encoded", "double-encoded", "not absolute"]

_ABSOLUTE = re.compile(
    r"(?i:(https?)://[^\s/?#]|(?!https?:)([a-z][a-z0-9+.-]*):(?:/|(?!\d{1,5}+(?:[/?#]|\Z))[^\s/?#]))"
)
_DOUBLE = re.compile(r"%25(?:[0-9A-Fa-f]{2})")
_STILL_ENCODED = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*%3a(?:%2f){2}", re.IGNORECASE)


class RedirectUrl(Struct, frozen=True):
    """The URL that the browser opens after the MVPD's logout."""

    scheme: str
    """The scheme in lower case; empty without one."""
    flaws: frozenset[Flaw] = frozenset()
    length: int = 0
    redacted: bool = False
    """True: redaction replaced parameters, and encoded the URL again. So its original encoding cannot be seen any more."""

    @property
    def shape(self) -> str:
        """The text to show."""
        return f"{self.scheme}:… of {self.length} characters" if self.scheme else f"{self.length} characters"


@remembered()
def read_redirect_url(raw: str) -> RedirectUrl:
    """Read the value of redirectUrl as it is in the query. Of a very long value, only the beginning is read."""
    if len(raw) > LONGEST:
        return replace(read_redirect_url(raw[:LONGEST]), length=len(raw))
    flaws: set[Flaw] = set()
    plain = unquote(raw)
    if "://" in raw or "?" in raw:
        flaws.add("not encoded")
    if _DOUBLE.search(raw) and _STILL_ENCODED.match(plain):
        flaws.add("double-encoded")
        plain = unquote(plain)
    absolute = _ABSOLUTE.match(plain)
    if not absolute:
        flaws.add("not absolute")
    query = plain.partition("?")[2].partition("#")[0]
    redacted = is_pseudonym(plain) or any(
        is_pseudonym(unquote(pair.partition("=")[2])) for pair in query.split("&") if "=" in pair
    )
    return RedirectUrl((absolute[1] or absolute[2]).lower() if absolute else "", frozenset(flaws), len(plain), redacted)

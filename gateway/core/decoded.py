"""Decodes values for a reader: a body as text of several lines, the claims of a JWT, the text inside Base64."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from urllib.parse import unquote

from gateway.core.secrets.pseudonyms import unb64
from gateway.core.text import printable, shortened
from gateway.core.times import date_of

SHORTEST_BASE64 = 16
"""Shortest value that is read as Base64, in characters. A shorter value may look like Base64 by chance."""

_DATE = re.compile(r'(?<=^  )"(?:exp|nbf|iat)": (\d{1,12})\b,?', re.MULTILINE)
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]*+\.(eyJ[\w-]*+)\.")


class BrokenLines(str):
    """A text that keeps its line breaks. Everything else in it is printable."""

    __slots__ = ()


NO_LINES = BrokenLines()


def readable(body: object) -> BrokenLines:
    """Return a body as text, and JSON with one member per line. Empty for a body that is not bytes."""
    if not isinstance(body, bytes):
        return NO_LINES
    text = body.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return BrokenLines("\n".join(map(printable, shortened(text).splitlines())))


def decoded(value: str) -> BrokenLines:
    """Return the decoded text of a header value: the claims of a JWT, or the text inside Base64. Empty for another value."""
    if jwt := _JWT.search(value):
        return BrokenLines(_DATE.sub(lambda date: f"{date[0]}  ({date_of(float(date[1]))})", readable(unb64(jwt[1]))))
    encoded = unquote(value.removeprefix("fingerprint ").strip())
    plain = unb64(encoded) if len(encoded) >= SHORTEST_BASE64 else b""
    text = plain.decode("utf-8", "replace")
    return readable(plain) if text and "\ufffd" not in text else NO_LINES

"""A secret's disguises: the encodings in which a message repeats it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from urllib.parse import quote

from gateway.core.secrets.pseudonyms import LEAST, b64url
from gateway.core.secrets.wire import bytes_of

_LEFT_ALONE = ("", "/", "!'()*", "!#$&'()*+,/:;=?@[]")
"""What percent-encoders leave as it is: strict ones nothing, Python's the slash, JavaScript's for components and whole URIs these."""
_BASE64 = (1, 2)
"""Where Base64 stands among the forms."""
_ESCAPE = re.compile("%(?:25)?[0-9A-F]{2}")
_HTML_SAFE = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&='"})
"""What JSON writers escape beside the necessary, so that a script element may hold it."""


def forms(secret: str) -> tuple[str, ...]:
    """Return `secret` plain, URL-encoded once and twice, in Base64 of both alphabets, in hex, as JSON and as HTML writes it.

    Always as many, in this order, so that the forms of a secret and of its pseudonym pair up.
    """
    return tuple(_forms(secret))


def _forms(secret: str) -> Iterator[str]:
    data = bytes_of(secret)
    yield secret
    yield base64.b64encode(data).decode().rstrip("=")
    yield b64url(data)
    yield data.hex()
    yield data.hex().upper()
    for safe in _LEFT_ALONE:
        once = quote(data, safe=safe)
        for encoded in (once, quote(once, safe=safe), quote(once, safe="")):
            yield encoded
            yield _ESCAPE.sub(lambda found: found[0].lower(), encoded)
    for safe in (" ", "/ "):  # a form's blank is a plus
        once = quote(data, safe=safe).replace(" ", "+")
        for encoded in (once, quote(once, safe="/"), quote(once, safe="")):
            yield encoded
            yield _ESCAPE.sub(lambda found: found[0].lower(), encoded)
    for ascii_only in (True, False):
        written = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        for escaped in (written, written.replace("/", "\\/"), written.translate(_HTML_SAFE)):
            yield escaped
            yield json.dumps(escaped, ensure_ascii=ascii_only)[1:-1]
    yield escape(secret)
    yield escape(secret, quote=False)


@lru_cache(maxsize=4096)
def _ends(tail: str, bytes_of_tail: bytes) -> frozenset[str]:
    other_than_base64 = (form for at, form in enumerate(forms(tail)) if at not in _BASE64)
    in_base64 = (base64.b64encode(bytes_of_tail).decode().rstrip("="), b64url(bytes_of_tail))
    return frozenset(form[-LEAST:] for form in (*other_than_base64, *in_base64))


def ends(secret: str) -> frozenset[str]:
    """Return the last twelve characters of each form of `secret`, for which a text is searched first."""
    data = bytes_of(secret)
    whole_threes = max(len(data) - 2 * LEAST, 0) // 3 * 3  # Base64 writes three bytes at a time
    return _ends(secret[-LEAST:], data[whole_threes:])

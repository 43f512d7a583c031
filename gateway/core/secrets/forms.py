"""A secret's disguises: the encodings in which a message repeats it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from html import escape
from itertools import product
from typing import TypeAlias
from urllib.parse import quote

from gateway.core.secrets.pseudonyms import LEAST, b64url
from gateway.core.secrets.wire import bytes_of

_LEFT_ALONE = ("", "/", "!'()*", "!#$&'()*+,/:;=?@[]")
"""What percent-encoders leave as it is: strict ones nothing, Python's the slash, JavaScript's for components and whole URIs these."""
_BASE64 = (1, 2)
"""Where Base64 stands among the forms."""
_ESCAPING = 5
"""Where those begin that only escape some characters."""
_NEVER_ESCAPED = re.compile(r"[A-Za-z0-9_.~-]+")
"""What none of them escapes, as most tokens are (RFC 3986 section 2.3)."""
_ESCAPE = re.compile("%(?:25)?[0-9A-F]{2}")
_HTML_SAFE = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&='"})
"""What JSON writers escape beside the necessary, so that a script element may hold it."""


Encoding: TypeAlias = Callable[[str], str]


def _percent(secret: str, *, safe: str, again: str | None, lower: bool, plus: bool = False) -> str:
    encoded = quote(bytes_of(secret), safe=safe)
    if plus:  # a form's blank
        encoded = encoded.replace("%20", "+")
    if again is not None:
        encoded = quote(encoded, safe=again)
    return _ESCAPE.sub(lambda found: found[0].lower(), encoded) if lower else encoded


def _json(secret: str, *, ascii_only: bool, change: Encoding, twice: bool) -> str:
    written = change(json.dumps(secret, ensure_ascii=ascii_only)[1:-1])
    return json.dumps(written, ensure_ascii=ascii_only)[1:-1] if twice else written


def _encodings() -> Iterator[Encoding]:
    yield str
    yield lambda secret: base64.b64encode(bytes_of(secret)).decode().rstrip("=")
    yield lambda secret: b64url(bytes_of(secret))
    yield lambda secret: bytes_of(secret).hex()
    yield lambda secret: bytes_of(secret).hex().upper()
    for safe, lower in product(_LEFT_ALONE, (False, True)):
        for again in (None, safe, ""):
            yield partial(_percent, safe=safe, again=again, lower=lower)
    for safe, again, lower in product(("", "/"), (None, "/", ""), (False, True)):
        yield partial(_percent, safe=safe, again=again, lower=lower, plus=True)
    for change in (str, lambda text: text.replace("/", "\\/"), lambda text: text.translate(_HTML_SAFE)):
        for ascii_only, twice in product((True, False), (False, True)):
            yield partial(_json, ascii_only=ascii_only, change=change, twice=twice)
    yield escape
    yield partial(escape, quote=False)


FORMS = tuple(_encodings())
"""How a secret may be written: plain, URL-encoded once and twice, in Base64 of both alphabets, in hex, as JSON and as HTML has it."""


def forms(secret: str) -> tuple[str, ...]:
    """Return each form of `secret`, in the order of FORMS, so that those of a secret and of its pseudonym pair up."""
    if _NEVER_ESCAPED.fullmatch(secret):
        return *(encode(secret) for encode in FORMS[:_ESCAPING]), *[secret] * (len(FORMS) - _ESCAPING)
    return tuple(encode(secret) for encode in FORMS)


def ends(secret: str) -> tuple[str, ...]:
    """Return the last twelve characters of each form, without making the forms: a secret may be long."""
    data = bytes_of(secret)
    whole_threes = max(len(data) - 2 * LEAST, 0) // 3 * 3  # Base64 writes three bytes at a time
    return _ends(secret[-LEAST:], data[whole_threes:])


@lru_cache(maxsize=4096)
def _ends(tail: str, bytes_of_tail: bytes) -> tuple[str, ...]:
    found = [form[-LEAST:] for form in forms(tail)]
    for at, encoded in zip(
        _BASE64, (base64.b64encode(bytes_of_tail).decode().rstrip("="), b64url(bytes_of_tail)), strict=True
    ):
        found[at] = encoded[-LEAST:]
    return tuple(found)

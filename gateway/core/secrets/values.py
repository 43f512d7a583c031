"""Redacts values: by their kind, or by what is inside them: URLs, JSON, markup and tokens.

A value that does not have the form of its kind is secret as a whole. An unchanged value keeps its spelling.

A URL may be in a JSON text, and a JSON text in a URL. So this module and `fields`, `urls`, `members`, `markup` and `prose` call each other. They
import each other as modules, since a function of a module that is still being imported cannot be imported.
"""

from __future__ import annotations

import re

from gateway.core.secrets import fields, markup, members, prose, urls
from gateway.core.secrets.percent import inside_percent, is_encoded
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.wrappers import change_packed

NESTED = 5
"""Levels of URLs or JSON texts inside each other. A deeper text is a secret as a whole."""
_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?/[^\s?#]*+(?:[?#].*)?", re.DOTALL)
_URL_IN_TEXT = re.compile(
    r"(?:(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*+://|(?<![\w./:-])/(?=[\w.~%-]))[^\s\"'`<>\\^{}|\[\]]+"
)
_URL_TAIL = ".,;:!?)*"
"""Characters that end a sentence, but not a URL."""
_MARKUP = re.compile(r"<(?![^<>\s\"']*+>\s*+(?:[;,]|\Z))[A-Za-z?!/]")
"""A `<` that opens an element. It is not the `<` of a Link field's target (RFC 8288)."""
_PACKED = frozenset({"ey", "ew", "H4", "eJ", "PD", "PH", "Ww", "W3"})
"""The beginnings of JSON, of markup and of compressed data in Base64."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}+={0,2}")


def redact_value(kind: str, value: str, scrub: Scrub, nested: int = 0) -> str:
    """Return a value of this kind without its secret. `policy` has the kinds."""
    if kind == "url":
        return urls.redact_url(value, scrub, nested=nested + 1, whole_fragment=True)
    if kind in fields.WRAPPED:
        return fields.WRAPPED[kind](value, scrub)
    return scrub(kind, value)


def redact_embedded(text: str, scrub: Scrub, nested: int = 0) -> str:
    """Return a value without the secrets inside it: in URLs, JSON, markup and tokens. Its own name does not make it secret."""
    if (text.startswith("/") or ":/" in text) and _URL.fullmatch(text):
        return urls.redact_url(text, scrub, nested=nested + 1)
    if text[:1] in {"{", "["} and '"' in text:
        return members.redact_json(text, scrub, nested + 1)
    if text[:1] == "<" and _MARKUP.match(text):
        return _markup(text, scrub, nested + 1)
    if text[:2] in _PACKED and nested < NESTED and _BASE64.fullmatch(text):
        return change_packed(text, lambda plain: _packed(plain, scrub, nested + 1))
    if nested < NESTED and is_encoded(text):
        return inside_percent(text, lambda plain: redact_embedded(plain, scrub, nested + 1))
    if "/" in text and ("=" in text or "://" in text):
        text = redact_urls(text, scrub, nested + 1)
    return prose.redact_prose(text, scrub)


def redact_urls(text: str, scrub: Scrub, nested: int = 0) -> str:
    """Redact the URLs and the request targets in a text, such as a sentence, or a Link or Refresh field."""

    def change(found: re.Match[str]) -> str:
        bare = found[0].rstrip(_URL_TAIL)
        return urls.redact_url(bare, scrub, nested=nested) + found[0][len(bare) :]

    return _URL_IN_TEXT.sub(change, text)


def _markup(text: str, scrub: Scrub, nested: int) -> str:
    """Redact markup in a value, such as the escaped XML of authnToken."""
    return markup.redact_markup(text, scrub, nested) if nested <= NESTED else scrub("markup", text)


def _packed(text: str, scrub: Scrub, nested: int) -> str:
    """Redact the text in Base64, if it is JSON or markup."""
    return redact_embedded(text, scrub, nested) if text[:1] in {"{", "[", "<"} else text

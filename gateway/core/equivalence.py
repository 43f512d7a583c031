"""The spellings of a request target that mean the same: paths by RFC 3986, queries as pairs that are decoded once.

Facts
-----
* In a path, `%3a` and `%3A` are equal, and so are `%5F` and `_` (RFC 3986 section 6.2.2: case, and unreserved characters). But `%2F`
  and `/` differ, and so does every reserved character from its encoded form.
* A character that no URI may contain (a space, `|`, a `%` that begins no escape, a byte beyond ASCII) is equal to its encoded form: curl
  sends it as it was typed, fetch and requests encode it.
* A query is compared as pairs, each decoded once, in any order. That is our choice: curl, requests, fetch and aiohttp send the same
  `redirectUrl` in several ways. In a query, `+` is a space. A value that is encoded twice is another value.
* `a` and `a=` are different pairs. A `*` is the wildcard of a secret, and `%2A` is read as a wildcard, too.
"""

from __future__ import annotations

import re

from gateway.core.bounded import remembered

LONGEST_PATH = 8192
"""Longest path that is normalised, in characters."""
_ESCAPES = r"((?:%[0-9A-Fa-f]{2})++)"
_IN_PATH = re.compile(_ESCAPES + r"|(?:[^A-Za-z0-9._~!$&'()*+,;=:@/%-]|%(?![0-9A-Fa-f]{2}))++")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/-]*+")
"""A path with one spelling. Most paths have only one."""
_IN_QUERY = re.compile(_ESCAPES + r"|(?:[^A-Za-z0-9._~*&=%-]|%(?![0-9A-Fa-f]{2}))++")
"""Parts with more than one spelling: escapes (group 1), or characters that could be escaped."""
_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def _table(kept: str) -> dict[int, str]:
    """Return the spelling of each byte. The bytes in `kept` have no escape."""
    return {byte: chr(byte) if chr(byte) in kept else f"%{byte:02X}" for byte in range(256)}


_OF_PATH = _table(_UNRESERVED)
_OF_QUERY = _table(_UNRESERVED + "*")
_TYPED_IN_QUERY = {**_OF_QUERY, ord("+"): "%20"}
"""The common spelling of the characters that may be in a query without an escape."""


def equivalent_path(path: str) -> str:
    """Return the common spelling of all equivalent paths. A path that is longer than any path of an API is returned unchanged."""
    if len(path) > LONGEST_PATH or _PLAIN_PATH.fullmatch(path):
        return path
    return _common_path(path)


@remembered(longest=4096)
def _common_path(path: str) -> str:
    return _IN_PATH.sub(lambda run: _spelling(run, _OF_PATH, _OF_PATH), path)


@remembered(longest=4096)
def equivalent_pairs(query: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of a query in order, empty ones too. A pair is its name, and its text in the common spelling of equivalent pairs."""
    return tuple(sorted(map(_pair, _IN_QUERY.sub(_in_query, query).split("&")))) if query else ()


def equivalent_query(query: str) -> str:
    """Return the common spelling of all equivalent queries."""
    return "&".join([text for _, text in equivalent_pairs(query)])


def equivalent_target(target: str) -> str:
    """Return the common spelling of all equivalent targets."""
    path, mark, query = target.partition("?")
    return f"{equivalent_path(path)}{mark}{equivalent_query(query)}"


def spelled(text: str) -> str:
    """Return the spelling of a text in a compared query. `text` is decoded; characters beyond ASCII are spelled as UTF-8."""
    return text.encode("utf-8", "replace").decode("latin-1").translate(_OF_QUERY)


def _pair(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if "=" in value:
        pair = f"{name}{equals}{value.replace('=', '%3D')}"
    return name, pair


def _in_query(run: re.Match[str]) -> str:
    return _spelling(run, _OF_QUERY, _TYPED_IN_QUERY)


def _spelling(run: re.Match[str], escaped: dict[int, str], typed: dict[int, str]) -> str:
    if run[1]:
        return bytes.fromhex(run[1].replace("%", "")).decode("latin-1").translate(escaped)
    text = run[0]
    if not text.isascii() and max(text) > "\xff":  # a text of a file, not bytes of a wire
        text = "".join([char if char <= "\xff" else char.encode("utf-8", "replace").decode("latin-1") for char in text])
    return text.translate(typed)

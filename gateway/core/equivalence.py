"""Which spellings of a request target mean the same: paths by RFC 3986, queries as pairs that are decoded once.

Facts
-----
* In a path `%3a` and `%3A` are equal, and so are `%5F` and `_` (RFC 3986 section 6.2.2: case, and unreserved characters). `%2F` is
  no `/`, and a reserved character is not its encoded form.
* What no URI may contain (a space, `|`, a `%` that begins no escape, a byte beyond ASCII) stands for its encoded form: curl sends
  it as it was typed, fetch and requests encode it.
* A query is compared as pairs, each decoded once, in any order. That is our choice: curl, requests, fetch and aiohttp send one
  `redirectUrl` in several ways. `+` is a space there. What is encoded twice stays another value.
* `a` and `a=` are two pairs. A `*` is the wildcard of a secret, and `%2A` is read as one.
"""

from __future__ import annotations

import re

from gateway.core.bounded import remembered

_IN_PATH = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
_IN_PAIR = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~*-]")
"""What has another spelling, or is one."""
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_OPEN_IN_PAIR = _UNRESERVED | {"*"}
"""What a query says without an escape; everything else has one in the spelling that is compared."""


@remembered(longest=4096)
def equivalent_path(path: str) -> str:
    """Return the one spelling of all paths that are equivalent."""
    return _IN_PATH.sub(_in_path, path)


@remembered(longest=4096)
def equivalent_pairs(query: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of a query in order, blanks kept: of each its name and its text, in the one spelling of all that are equivalent."""
    return tuple(sorted([_pair(pair) for pair in query.split("&")])) if query else ()


def equivalent_query(query: str) -> str:
    """Return the one spelling of all queries that are equivalent."""
    return "&".join([text for _, text in equivalent_pairs(query)])


def equivalent_target(target: str) -> str:
    """Return the one spelling of all targets that are equivalent."""
    path, mark, query = target.partition("?")
    return f"{equivalent_path(path)}{mark}{equivalent_query(query)}"


def spelled(text: str) -> str:
    """Return how a text is spelled in a query that is compared; `text` is decoded, and UTF-8 where it is beyond ASCII."""
    return "".join([char if char in _OPEN_IN_PAIR else _escaped(char.encode("utf-8", "replace")) for char in text])


def _pair(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    name, value = _IN_PAIR.sub(_in_pair, name), _IN_PAIR.sub(_in_pair, value)
    return name, f"{name}{equals}{value}"


def _in_path(found: re.Match[str]) -> str:
    escape = found[0]
    if len(escape) == 1:
        return _escaped(_bytes(escape))
    char = chr(int(escape[1:], 16))
    return char if char in _UNRESERVED else escape.upper()


def _in_pair(found: re.Match[str]) -> str:
    escape = found[0]
    if escape == "+":
        return "%20"
    if len(escape) == 1:
        return _escaped(_bytes(escape))
    char = chr(int(escape[1:], 16))
    return char if char in _OPEN_IN_PAIR else escape.upper()


def _bytes(char: str) -> bytes:
    """Return the bytes of a character of a target: one of the wire's, or more where a file has text."""
    return char.encode("latin-1") if char <= "\xff" else char.encode("utf-8", "replace")


def _escaped(data: bytes) -> str:
    return "".join([f"%{byte:02X}" for byte in data])

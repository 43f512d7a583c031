"""Reads the request of a WireMock mapping: its URL, its fields, and the comparisons that a cassette cannot make."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import quote

from gateway.cassettes.converters.messages import At, Word, a_map, a_text, kind

_HOST = re.compile(r"[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\]")
_ORIGIN = re.compile(r"(https?)://(.+?)(?::([0-9]+))?", re.IGNORECASE)
_SCHEMES = {80: "http", 443: "https"}
_KEY = re.compile(r"[A-Za-z]{1,40}")
"""The form of WireMock's own keys. Other keys are not quoted in a message."""


def url_of(asked: dict[str, Any], origin: str, at: At) -> str | None:
    """Return the URL of a request. If it names no origin, `origin` is used. None if the request stands for several URLs."""
    if "url" in asked:
        return _origin(asked, origin, at) + a_text(asked["url"], at / "url")
    if "urlPath" not in asked:
        return None
    pairs = []
    for name, pattern in a_map(asked.get("queryParameters") or {}, at / "queryParameters").items():
        texts = _texts(pattern)
        if texts is None or not all(isinstance(text, str) for text in texts):
            return None
        pairs += [f"{_quoted(name)}={_quoted(text)}" for text in texts]
    path = a_text(asked["urlPath"], at / "urlPath")
    return _origin(asked, origin, at) + path + ("?" + "&".join(pairs) if pairs else "")


def equal_fields(headers: object, at: At) -> Iterator[tuple[object, object]]:
    """Yield the header fields that must equal a text."""
    for name, pattern in a_map(headers or {}, at / "request" / "headers").items():
        for text in _texts(pattern) or ():
            yield name, text


def unnamed_origin(asked: dict[str, Any], origin: str) -> Iterator[str]:
    """Report the parts of the origin that a request does not name. `origin` is used for them."""
    if not _text(asked.get("host")):
        yield f"its request names no host, so {origin} is used (change it with --origin)"
    elif not asked.get("scheme") and _number(asked.get("port")) not in _SCHEMES:
        yield f"its request names no scheme, so the scheme of {origin} is used (change it with --origin)"


def uncompared(asked: dict[str, Any], has_its_headers: bool) -> Iterator[str]:
    """Report the other comparisons of a request. `has_its_headers`: the header fields are in `metadata`."""
    read = {"method", "scheme", "host", "port", "url", "headers", "urlPath", "queryParameters"}
    if "url" in asked:  # `url` is the whole target
        read -= {"urlPath", "queryParameters"}
    if has_its_headers:
        read.remove("headers")
    for key in unread(asked, read):
        yield f"its request's {key} {is_or_are(key)} not compared"
    for key in sorted(read & {"host", "headers", "queryParameters"}):
        for operator in sorted(set(_operators(key, asked.get(key)))):
            yield f"its request's {key} {is_or_are(key)} not compared by {operator}"


def unread(said: dict[str, Any], read: Collection[str]) -> Iterator[str]:
    """Yield the keys that have a value and are not read."""
    return (_named(key) for key, value in said.items() if value and key not in read)


def is_or_are(key: str) -> str:
    """Return the verb that fits the key."""
    return "are" if key.endswith("s") else "is"


def _named(key: str) -> str:
    return key if _KEY.fullmatch(key) else "unknown key"


def _operators(key: str, said: object) -> Iterator[str]:
    """Yield the comparisons that are not the equality of texts."""
    if key == "host":
        patterns = [] if said is None or isinstance(said, str) else [said]
    else:
        patterns = list(said.values()) if isinstance(said, dict) else []
    for pattern in patterns:
        if not isinstance(pattern, dict):
            yield kind(pattern)
            continue
        if "equalTo" in pattern:
            yield from unread(pattern, ("equalTo",))
        elif _texts(pattern) is None:
            yield from map(_named, pattern)
        else:
            yield from unread(pattern, ("hasExactly",))
            for repeat in pattern["hasExactly"]:
                yield from unread(repeat, ("equalTo",))


def _origin(asked: dict[str, Any], origin: str, at: At) -> str:
    """Return the origin that a request names. `origin` gives the missing parts."""
    scheme = a_text(asked.get("scheme") or "", at / "scheme").lower()
    if scheme not in {"", *_SCHEMES.values()}:
        (at / "scheme").refuse("http or https", Word("another scheme"))
    host = _text(asked.get("host"))
    if host and not _HOST.fullmatch(host):
        (at / "host").refuse("the name of a host", Word("other characters"))
    port = _number(asked.get("port"))
    if asked.get("port") and port not in range(1, 65536):
        (at / "port").refuse("a port", Word("something else"))
    usual = _ORIGIN.fullmatch(origin)
    if usual is None or not (scheme or host or port):
        return origin
    scheme = scheme or _SCHEMES.get(port) or usual[1].lower()
    if not host:
        host = usual[2]
        port = port or (_number(usual[3]) if scheme == usual[1].lower() else 0)
    return f"{scheme}://{host}" + (f":{port}" if port and _SCHEMES.get(port) != scheme else "")


def _number(port: object) -> int:
    """Return a port, which may be written as text. 0 for any other value."""
    if isinstance(port, str):
        return int(port) if re.fullmatch("[0-9]{1,5}", port) else 0
    return port if isinstance(port, int) and not isinstance(port, bool) else 0


def _text(pattern: object) -> str:
    """Return a text, or the text that a pattern must equal. Empty for any other pattern."""
    text = pattern.get("equalTo") if isinstance(pattern, dict) else pattern
    return text if isinstance(text, str) else ""


def _texts(pattern: object) -> list[Any] | None:
    """Return the values that a pattern must equal: one, or one for each repeat. None for any other pattern."""
    if not isinstance(pattern, dict):
        return None
    if "equalTo" in pattern:
        return [pattern["equalTo"]]
    repeats = pattern.get("hasExactly")
    if not isinstance(repeats, list) or not repeats:
        return None
    texts = [repeat.get("equalTo") if isinstance(repeat, dict) else None for repeat in repeats]
    return texts if all(isinstance(text, str) for text in texts) else None


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")

r"""Writes an interaction as text of a cassette: a block of lines in vcrpy's form, in plain ASCII.

Facts
-----
* Each scalar is on one line, and no line begins with text of a body. So every line that begins with `- request:` or `  recorded_at: ` is
  ours. The last line of a block shows that the block is whole.
* vcrpy opens a file in the locale's encoding, so all text is ASCII. libyaml refuses JSON's surrogate pairs, so characters beyond U+FFFF
  are written like `\U0001F600`.
* vcrpy keeps one value for each request field, so repeated fields are joined (RFC 9110 section 5.3; Cookie: RFC 6265 section 5.4).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from json import dumps as json_text
from json.encoder import encode_basestring_ascii as json_string
from math import isfinite, isnan
from typing import TYPE_CHECKING

from gateway.core.bounded import Bounded, remembered

if TYPE_CHECKING:
    from gateway.core.model import Headers, Interaction

HEAD = b'# recorded by pass-gateway; append-only: one "- request:" block an interaction\nversion: 1\ninteractions:\n'
"""The beginning of a file. It is written together with the first interaction, since vcrpy cannot read a file without interactions."""

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A method or a field name (RFC 9110 section 5.6.2)."""
NOT_IN_A_VALUE = re.compile(r"[\r\n\0]")
"""Characters that a field value cannot have (RFC 9110 section 5.5)."""
NOT_IN_A_TARGET = re.compile(r"[\0- \x7f]")
"""Characters that a request target cannot have, since they would end it."""
RECORDED_AT = re.compile("[ ,+.:0-9A-Za-z-]{0,64}")
"""A time in the form of any tool. It is short and without quotes, so that a block's last line is recognised."""
MAX_DEPTH = 16
"""Largest depth of maps and lists that are read. Our own form has 7 levels."""
MAX_ITEMS = 10_000
"""Largest number of entries in one map or list of an interaction."""
_DEPTH_OF_NOTES = 4
"""Maps and lists around `x_gateway`."""
STATUSES = range(200, 1000)
"""Statuses of recorded responses. An interim response does not end an exchange, so it is not recorded."""

_BEYOND_BMP = re.compile("([\U00010000-\U0010ffff])")
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*")
_NOT_PLAIN = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
# the most frequent types come first, since a check for an abstract type takes long
_COLLECTIONS = (dict, list, tuple, Mapping, Sequence)
_NOTHING_TO_QUOTE = re.compile(r"[A-Za-z0-9.:_-]*+")
_SIMPLE_KEY = 1000  # libyaml finds a key's colon only within 1024 characters


def dump(interaction: Interaction) -> bytes:
    """Return the block of lines of `interaction`. It is read back equal, and vcrpy can replay it.

    A Content-Length of the response gets the true length. Repeated request fields become one field. Raises `ValueError` for an interaction
    that could not be read back: a streamed body, a name that is not a token, CR, LF or NUL in a value, a target that does not begin with a
    slash, too many fields, or a value in `about` that is nested too deeply, or that YAML cannot write plainly.
    """
    request, response = interaction.request, interaction.response
    if not isinstance(request.body, bytes) or not isinstance(response.body, bytes):
        msg = "a streamed body cannot be recorded"
        raise ValueError(msg)  # noqa: TRY004  a ValueError, like all that dump refuses
    if not request.target.startswith("/") or NOT_IN_A_TARGET.search(request.target):
        msg = "the target: expected a path without spaces or control characters"
        raise ValueError(msg)
    if response.status not in STATUSES or not RECORDED_AT.fullmatch(interaction.recorded_at):
        msg = f"expected a final status and a time, found {response.status} and {interaction.recorded_at[:60]!r}"
        raise ValueError(msg)
    _field_key(request.method.encode("latin-1"))
    uri = _value((interaction.origin + request.target).encode("latin-1"))
    reason = _value(response.reason.encode("latin-1"))
    if max(len(request.headers.raw), len(response.headers.raw)) > MAX_ITEMS:
        msg = f"expected at most {MAX_ITEMS} header fields, found more"
        raise ValueError(msg)
    about = {**interaction.about, "recorded_at": interaction.recorded_at}
    length = len(response.body) if carries_its_length(request.method, response.status) else None
    asked = _text((request.headers.raw,), lambda: _folded(request.headers))
    answered = _text((response.headers.raw, length), lambda: _repeated(response.headers, length))
    return (
        f"- request:\n    method: {_plain(request.method)}\n    uri: {uri}\n"
        f"    body: {_body(request.body) if request.body else 'null'}\n    headers:{asked}\n"
        f"  response:\n    status: {{code: {response.status:d}, message: {reason}}}\n"
        f"    headers:{answered}\n"
        f"    body: {{string: {_body(response.body)}}}\n    x_gateway: {_flow(about)}\n"
        f"  recorded_at: {scalar(interaction.recorded_at)}\n"
    ).encode("ascii")


def in_uri(target: str) -> str | None:
    """Return a target as a block's uri has it, after an origin in printable ASCII. None if the uri must be written in another way."""
    if not target.startswith("/") or " " in target or not (target.isascii() and target.isprintable()):
        return None
    return target.replace("'", "''")


def carries_its_length(method: str, status: int) -> bool:
    """Whether a Content-Length counts the bytes of this response's own body (RFC 9110 section 8.6)."""
    return method != "HEAD" and status != HTTPStatus.NOT_MODIFIED


def carries_a_body(method: str, status: int) -> bool:
    """Whether this response has a body of its own on a wire (RFC 9110 section 6.4.1)."""
    return method != "HEAD" and status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


def scalar(text: str) -> str:
    """Return `text` as a quoted YAML scalar on one line: single quotes where they are exact, double quotes otherwise."""
    if text.isascii() and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if _BEYOND_BMP.search(text) is None:
        return json_string(text)
    parts = _BEYOND_BMP.split(text)
    parts[::2] = [json_string(part)[1:-1] for part in parts[::2]]
    parts[1::2] = [f"\\U{ord(part):08X}" for part in parts[1::2]]
    return '"' + "".join(parts) + '"'


def _body(body: bytes) -> str:
    return _text(body, lambda: _body_text(body))


def _body_text(body: bytes) -> str:
    try:
        return scalar(body.decode())
    except UnicodeDecodeError:
        return f"!!binary '{b64encode(body).decode()}'"


_TEXTS: Bounded[Hashable, str] = Bounded(
    "texts of recorded fields and bodies", 8 << 20, longest=32 << 10, size=lambda _, text: 3 * len(text) + 500
)
"""A memory of texts: a device sends the same fields each time, and often gets the same body."""


def _text(of: Hashable, make: Callable[[], str]) -> str:
    """Return a text, from memory if it was made before."""
    text: str | None = _TEXTS.get(of)
    if text is None:
        text = make()
        _TEXTS.put(of, text)
    return text


@remembered(limit=1 << 19, longest=128)
def _field_key(name: bytes) -> tuple[bytes, str]:
    """Return a field's name in lower case, and the line that begins its entry in a map of headers."""
    text = name.decode("latin-1")
    if not TOKEN.fullmatch(text):
        msg = f"expected a token, found {text[:60]!r}"
        raise ValueError(msg)
    key = _plain(text)
    return name.lower(), f"\n      {key}:" if len(key) <= _SIMPLE_KEY else f"\n      ? {key}\n      :"


def _value(value: bytes) -> str:
    text = value.decode("latin-1")
    if text.isascii() and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if NOT_IN_A_VALUE.search(text):
        msg = "a field value: expected one without CR, LF and NUL"
        raise ValueError(msg)
    return json_string(text)


def _folded(headers: Headers) -> str:
    """Return request fields, each with one value."""
    values: dict[bytes, bytes] = {}
    keys: dict[bytes, str] = {}
    for name, value in headers.raw:
        lower, key = _field_key(name)
        if lower in values:
            values[lower] += (b"; " if lower == b"cookie" else b", ") + value
        else:
            values[lower] = value
            keys[lower] = key
    return "".join([f"{keys[lower]}\n      - {_value(value)}" for lower, value in values.items()]) or " {}"


def _repeated(headers: Headers, length: int | None) -> str:
    """Return response fields with their repeats. If `length` is not None, Content-Length stands once, with this value."""
    fields: dict[bytes, str] = {}
    for name, value in headers.raw:
        lower, key = _field_key(name)
        if lower == b"content-length" and length is not None:
            fields[lower] = f"{key}\n      - '{length}'"
        elif lower in fields:
            fields[lower] += f"\n      - {_value(value)}"
        else:
            fields[lower] = f"{key}\n      - {_value(value)}"
    return "".join(fields.values()) or " {}"


def _plain(text: str) -> str:
    """Return `text` without quotes if every YAML reader reads it as text, as with a method and most names."""
    return text if _PLAIN_KEY.fullmatch(text) and text.lower() not in _NOT_PLAIN else scalar(text)


def _flow(value: object, depth: int = _DEPTH_OF_NOTES) -> str:
    """Return a value of `about` in YAML's flow style."""
    if isinstance(value, str):
        return f"'{value}'" if _NOTHING_TO_QUOTE.fullmatch(value) else scalar(value)
    if value is None:
        return "null"
    if isinstance(value, int):
        return json_text(value)
    if isinstance(value, float):
        return _float(value)
    if not isinstance(value, _COLLECTIONS) or isinstance(value, bytes | bytearray | memoryview):
        msg = f"x_gateway: expected text, numbers, lists and maps, found {type(value).__name__}"
        raise ValueError(msg)  # noqa: TRY004  a ValueError, like all that dump refuses
    if depth >= MAX_DEPTH or len(value) > MAX_ITEMS:
        msg = f"x_gateway: expected at most {MAX_DEPTH} maps and lists within one another, and {MAX_ITEMS} entries, found more"
        raise ValueError(msg)
    if isinstance(value, dict | Mapping):
        return _flow_of(tuple(value.items()), depth)
    return "[" + ", ".join([_flow(item, depth + 1) for item in value]) + "]"


def _flow_of(entries: tuple[tuple[object, object], ...], depth: int) -> str:
    """Return a map. An inner map of texts, such as a finding, comes from memory, since it is repeated often."""
    if depth > _DEPTH_OF_NOTES and all(item.__class__ is str for _, item in entries):
        return _text(entries, lambda: _map_of(entries, depth))
    return _map_of(entries, depth)


def _map_of(entries: tuple[tuple[object, object], ...], depth: int) -> str:
    return "{" + ", ".join([f"{_about_key(key)}: {_flow(item, depth + 1)}" for key, item in entries]) + "}"


@lru_cache(maxsize=1024)
def _about_key(key: object) -> str:
    if not isinstance(key, str) or len(scalar(key)) > _SIMPLE_KEY:
        msg = "x_gateway: expected short text as key"
        raise ValueError(msg)
    return _plain(key)


def _float(value: float) -> str:
    if not isfinite(value):
        return ".nan" if isnan(value) else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    # YAML 1.1 reads 1e-05 as text, and 1.0e-05 as a number
    return text if "." in text else text.replace("e", ".0e")

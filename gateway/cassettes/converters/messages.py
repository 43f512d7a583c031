"""Makes valid HTTP messages from the entries of another tool's file, or reports one problem with its place.

Facts
-----
* On a wire, a line break in a field value would begin a second field. So names are tokens, and values have no CR, LF or NUL (RFC 9110
  section 5). A target has no spaces and no control characters (RFC 9112 section 3.2).
* Fields of one hop (RFC 9110 section 7.6.1) and HTTP/2's pseudo-header fields, such as `:path`, belong to the recorded transmission.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from msgspec import Struct

from gateway.cassettes.coding import replayable
from gateway.cassettes.converters.model import Losses
from gateway.cassettes.errors import Problem, Undecoded
from gateway.cassettes.format import NOT_IN_A_TARGET, NOT_IN_A_VALUE, RECORDED_AT, STATUSES, TOKEN
from gateway.core.codings import CodingError
from gateway.core.headers import end_to_end
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.times import seconds_of, seconds_of_date, stamp

_URL = re.compile(r"([Hh][Tt][Tt][Pp][Ss]?://[!-.0->@-~]+)([^#]*)(?:#.*)?", re.DOTALL)
"""An origin in plain ASCII, a target, and a fragment, which is never sent."""
_NAME = r"(?:<++[^<>]*+>++|\{++[^{}]*+\}++)"
_PLACEHOLDERS = re.compile(
    rf"(?:(?:[a-zA-Z]++|{_NAME})://)?+(?:{_NAME}|[^/?#<>{{}}])*+(?P<rest>(?:[/?#].*+)?)", re.DOTALL
)
"""An origin, which may have names in brackets, and the rest of the URL."""


class At(Struct, frozen=True):
    """A place in a file: its path in the structure, and its line if known."""

    where: str = ""
    line: int = 0

    def __truediv__(self, key: str | int) -> At:
        """Return the place under `key`."""
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if self.where else key
        return At(self.where + step, self.line)

    def refuse(self, expected: str, found: object) -> NoReturn:
        """Raise a problem with the expected value. The found value is described by its kind, and never quoted."""
        raise Problem(self.line, self.where, expected, found if isinstance(found, Word) else kind(found))


class Word(str):
    """The description of the found value, if its kind alone does not describe it."""

    __slots__ = ()


def kind(value: object) -> str:
    """Describe the value that was found, without quoting it."""
    names: dict[type, str] = {dict: "a map", list: "a list", str: "text", bytes: "bytes", bool: "a boolean"}
    return "nothing" if value is None else names.get(type(value), "a number")


def a_map(value: object, at: At) -> dict[str, Any]:
    """Return a map, or raise a problem."""
    if not isinstance(value, dict):
        at.refuse("a map", value)
    return value


def a_list(value: object, at: At) -> list[Any]:
    """Return a list, or raise a problem."""
    if not isinstance(value, list):
        at.refuse("a list", value)
    return value


def a_text(value: object, at: At) -> str:
    """Return text, or raise a problem."""
    if not isinstance(value, str):
        at.refuse("text", value)
    return value


def parsed_json(data: bytes) -> dict[str, Any]:
    """Return the map of a JSON file. Raises a `Problem` with a line number if the file is not JSON, or is not a map."""
    try:
        return a_map(json.loads(data.decode("utf-8-sig")), At("", 1))
    except json.JSONDecodeError as error:
        raise Problem(error.lineno, "", "JSON", f"other text: {error.msg}") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Problem(line, "", "UTF-8", f"the byte {data[error.start]:#04x}") from error
    except (RecursionError, ValueError) as error:
        raise Problem(1, "", "JSON without extreme depth and extreme numbers", "one of them") from error


def compact(value: object) -> bytes:
    """Return the JSON text, in bytes, of a value that the file keeps as values."""
    return wire(json.dumps(value, ensure_ascii=False, separators=(",", ":")), None)


def wire(text: str, at: At | None) -> bytes:
    """Return `text` as bytes: ISO-8859-1 for a field if possible, otherwise UTF-8. `at` is None for a body."""
    if at is not None:
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            pass
    return text.encode("utf-8", "surrogatepass")


def request(at: At, method: object, url: object, fields: Iterable[tuple[object, object]], body: bytes) -> _Asked:
    """Return a request and its origin."""
    name = a_text(method, at / "method")
    if not TOKEN.fullmatch(name):
        (at / "method").refuse("a token", Word("other characters"))
    uri = a_text(url, at / "url")
    match = _URL.fullmatch(uri)
    if match is None:
        (at / "url").refuse("an absolute http(s) URL", Word("another form"))
    if NOT_IN_A_TARGET.search(match[2]):
        (at / "url").refuse("a URL without spaces and control characters", Word("one of them"))
    target = match[2] if match[2].startswith("/") else "/" + match[2]
    headers = end_to_end(Headers(tuple(checked(fields, at / "headers"))))
    return _Asked(match[1], Request(name, wire(target, at).decode("latin-1"), headers, body))


class _Asked(Struct, frozen=True):
    origin: str
    request: Request


def response(
    at: At, method: str, status: object, reason: object, fields: Iterable[tuple[object, object]], body: bytes
) -> Response:
    """Return an answer with a decoded body and its true length. Raises `Undecoded` (see `leaving_out`)."""
    if isinstance(status, bool) or not isinstance(status, int) or status not in STATUSES:
        (at / "status").refuse("a number from 200 to 999", status)
    words = "" if reason is None else a_text(reason, at / "reason")
    if NOT_IN_A_VALUE.search(words):
        (at / "reason").refuse("a reason without CR, LF and NUL", Word("one of them"))
    headers = Headers(tuple(checked(fields, at / "headers")))
    try:
        headers, body = replayable(method, status, headers, body)
    except CodingError as error:
        raise Undecoded(at.line, (at / "body").where, error) from error
    return Response(status, wire(words, at).decode("latin-1"), end_to_end(headers), body, "cassette")


@contextmanager
def leaving_out(losses: Losses, unit: str = "interaction") -> Iterator[None]:
    """Leave out a wrong entry, and report it. The other entries are read."""
    try:
        yield
    except Undecoded as problem:
        losses.undecoded(problem.found, unit)
    except Problem as problem:
        losses.left_out(problem, unit)


def placed(url: object, origin: str, losses: Losses) -> object:
    """Return a URL with `origin` in place of a placeholder of the tool's user: `<HOST>/a`, `https://<HOST>:{{PORT}}/a`."""
    match = _PLACEHOLDERS.fullmatch(url) if isinstance(url, str) else None
    if match is None or not {"<", "{"}.intersection(match.string[: match.start("rest")]):
        return url
    losses.add(f"its origin is a placeholder, so {origin} is used (change it with --origin)")
    return origin + match["rest"]


def checked(fields: Iterable[tuple[object, object]], at: At) -> Iterator[tuple[bytes, bytes]]:
    """Yield fields as they were on the wire, without HTTP/2's pseudo-header fields."""
    for name, value in fields:
        key = name.decode("latin-1") if isinstance(name, bytes) else a_text(name, at)
        text = value.decode("latin-1") if isinstance(value, bytes) else a_text(value, at / key[:60])
        if key.startswith(":"):
            continue
        if not TOKEN.fullmatch(key):
            at.refuse("names that are tokens", Word("other characters"))
        if NOT_IN_A_VALUE.search(text):
            (at / key[:60]).refuse("a value without CR, LF and NUL", Word("one of them"))
        yield key.encode("ascii"), wire(text, at)


def from_base64(text: object, at: At) -> bytes:
    """Return the bytes of a Base64 text. Line breaks in it are allowed."""
    if isinstance(text, bytes):  # YAML's !!binary is decoded already
        return text
    try:
        return b64decode("".join(a_text(text, at).split()).encode("ascii"), validate=True)
    except ValueError:
        at.refuse("Base64", Word("something else"))


def listed(fields: object, at: At) -> Iterator[tuple[object, object]]:
    """Yield the fields of a map. A name has one value or a list of values."""
    for name, values in a_map({} if fields is None else fields, at).items():
        for value in values if isinstance(values, list) else [values]:
            yield name, value


def interaction(
    asked: _Asked, answer: Response, recorded_at: str, about: Mapping[str, object], tool: str
) -> Interaction:
    """Return an interaction. If the file has no time, the answer's `Date` gives it (RFC 9110 section 6.6.1)."""
    notes = about or {"imported_from": tool}
    return Interaction(asked.origin, asked.request, answer, recorded_at or dated(answer), notes)


def dated(answer: Response) -> str:
    """Return the time in the answer's Date."""
    return moment(answer.headers.get("Date"))


def moment(text: object) -> str:
    """Return an ISO 8601 time or a mail's time as RFC 3339 in UTC. Empty for any other value."""
    if not isinstance(text, str):
        return ""
    at = seconds_of(text)
    at = seconds_of_date(text) if at is None else at
    return "" if at is None else stamp(at)


def notes_of(value: object) -> dict[str, object]:
    """Return the notes that this project wrote beside an interaction. Empty for the notes of others."""
    if not isinstance(value, dict) or not isinstance(value.get("recorded_at", ""), str):
        return {}
    return dict(value) if RECORDED_AT.fullmatch(value.get("recorded_at", "")) else {}


def body_of(message: Request | Response) -> bytes:
    """Return a body that was read from a cassette, which is always whole."""
    return message.body if isinstance(message.body, bytes) else b""


def as_text(body: bytes, content_type: str) -> str | None:
    """Return a body as text if every reader gets the same bytes back. None if only Base64 is safe."""
    charset = re.search(r"charset=\"?([^\s;\"]+)", content_type, re.IGNORECASE)
    if charset and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"} and not body.isascii():
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None

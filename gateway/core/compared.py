"""The parts of a request that are compared with recordings: the entries of `cassettes.match`, and a reader for each.

Facts
-----
* `query`, `headers` and `body` are compared whole. An entry with a `-` leaves a part out: `query` and `-query:ts`. To compare a single
  parameter, field or member, name it without the whole: `query:page`, `header:Accept`, `body:$.resources[0]`.
* An entry without an effect is refused: an exception to a part that is not compared, a part of a whole that is compared, or a field that
  no recording has.
* A form is read as a map of its fields, so `body:$.redirectUrl` names one. A body that is neither JSON nor a form has no members.
* The compared texts have wildcards instead of secrets. For a long text, its digest is compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Literal, NamedTuple, TypeAlias

from gateway.core.adobe.json_text import Json, read_json
from gateway.core.equivalence import equivalent_pairs, equivalent_path, equivalent_query, spelled
from gateway.core.headers import HOP_BY_HOP
from gateway.core.json_path import JsonPath
from gateway.core.model import Headers, Request

UNCOMPARED = "more than limits.max_body"
"""Key of a body that is not held in memory. No recorded body equals it."""
NEVER_RECORDED = HOP_BY_HOP | {b"host"}
"""Fields that no recording has. They end at this hop, or the recording's origin replaces them."""
LONGEST = 512
"""Longest member of a body that is compared as text, in characters. For a longer one, its digest is compared."""

Kind: TypeAlias = Literal["text", "query", "headers", "body"]
_WHOLE = ("method", "path", "query", "raw", "upstream", "headers", "body")
MATCH_PATTERN = r"^(method|path|query|raw|upstream|headers|body|-?(query:.+|header:.+|body:\$.+))$"
"""A rough pattern of an entry, for the JSON Schema."""
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORM = "application/x-www-form-urlencoded"
_WRITTEN = (
    "method, path, query, upstream, headers, body, raw, query:NAME, header:NAME or body:$.NAME "
    "(all but one: query and -query:NAME)"
)


class ComparedPart(NamedTuple):
    """One compared part of a request."""

    name: str
    """Its name in a difference."""
    kind: Kind
    """How a difference shows two of its values."""
    read: Callable[[Request, str], str]
    """Returns the part of a request and its origin."""


class MatchEntry(NamedTuple):
    """One entry of `cassettes.match`, taken apart: `-query:ts` is (left out, `query`, `ts`)."""

    left_out: bool
    whole: str
    name: str


class EntryError(ValueError):
    """A wrong entry of `cassettes.match`. The text says what was expected."""


def entry_of(text: str) -> MatchEntry:
    """Read one entry. Raises EntryError for a wrong entry."""
    rest = text.removeprefix("-")
    kind, colon, name = rest.partition(":")
    if not colon and rest == text and kind in _WHOLE:
        return MatchEntry(left_out=False, whole=kind, name="")
    wrong_with = _NAMED.get(kind) if colon or kind == "header" else None
    wrong = wrong_with(name) if wrong_with else _WRITTEN
    if wrong:
        raise EntryError(wrong)
    return MatchEntry(rest != text, "headers" if kind == "header" else kind, name)


def _wrong_field(name: str) -> str:
    if not _FIELD.fullmatch(name):
        return "header:NAME with the name of a header field"
    return "a header field that recordings have" if name.lower().encode() in NEVER_RECORDED else ""


def _wrong_member(name: str) -> str:
    try:
        JsonPath.parse(name)
    except ValueError:
        return "body:PATH with names, numbers and * as in $.events[*].at"
    return ""


_NAMED: dict[str, Callable[[str], str]] = {
    "query": lambda name: "" if name else "query:NAME with the name of a parameter",
    "header": _wrong_field,
    "body": _wrong_member,
}
"""For each kind: returns the expected form of a name, if the name is wrong; otherwise empty."""


def idle(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the entries that have no effect beside the others, or that contradict them. Each comes after the expectation."""
    entries = {text: entry_of(text) for text in texts}
    whole = {entry.whole for entry in entries.values() if not entry.name}
    for text, entry in entries.items():
        if entry.left_out and entry.whole not in whole:
            yield f"{entry.whole} in the list as well, of which {text} leaves out one", text
        elif entry.name and not entry.left_out and entry.whole in whole:
            yield f"no {text} where all of {entry.whole} is compared", text
        elif "raw" in whole and entry.whole in {"path", "query"}:
            yield "neither path nor query beside raw, which is both byte by byte", text


def parts_of(texts: Sequence[str]) -> tuple[ComparedPart, ...]:
    """Return the compared parts, in the order of the entries. The configuration has checked `texts`."""
    entries = [entry_of(text) for text in texts]
    left_out: dict[str, list[str]] = {}
    for entry in entries:
        if entry.left_out:
            left_out.setdefault(entry.whole, []).append(entry.name)
    return tuple(_part(entry, left_out.get(entry.whole, ())) for entry in entries if not entry.left_out)


def _part(entry: MatchEntry, left_out: Sequence[str]) -> ComparedPart:
    match entry.whole:
        case "query":
            return ComparedPart("query", "query", query_reader(entry.name, left_out))
        case "headers" if entry.name:
            name = entry.name
            return ComparedPart(f"header:{name}", "text", lambda request, _: ", ".join(request.headers.getall(name)))
        case "headers":
            return ComparedPart("headers", "headers", _headers_reader(left_out))
        case "body" if entry.name:
            return ComparedPart(f"body:{entry.name}", "text", _member_reader(entry.name))
        case "body":
            return ComparedPart("body", "body", _body_reader(left_out))
    return ComparedPart(entry.whole, "text", _READERS[entry.whole])


def query_reader(name: str = "", left_out: Sequence[str] = ()) -> Callable[[Request, str], str]:
    """Return the function that reads a query: one parameter, or all parameters except the named ones."""
    if not name and not left_out:
        return lambda request, _: equivalent_query(request.query)
    wanted, unwanted = spelled(name), {spelled(one) for one in left_out}

    def read(request: Request, _: str) -> str:
        pairs = equivalent_pairs(request.query)
        return "&".join([text for one, text in pairs if (one == wanted if name else one not in unwanted)])

    return read


def _headers_reader(left_out: Sequence[str]) -> Callable[[Request, str], str]:
    unwanted = NEVER_RECORDED | {b"content-length"} | {name.lower().encode() for name in left_out}

    def read(request: Request, _: str) -> str:
        names = sorted({name.lower() for name, _ in request.headers.raw} - unwanted)
        lines = [(name.decode("latin-1"), request.headers) for name in names]
        return "\n".join([f"{name}: {_joined(headers, name)}" for name, headers in lines])

    return read


def _joined(headers: Headers, name: str) -> str:
    return ", ".join(headers.getall(name))


def _member_reader(text: str) -> Callable[[Request, str], str]:
    path = JsonPath.parse(text)

    def read(request: Request, _: str) -> str:
        if not isinstance(request.body, bytes):
            return UNCOMPARED
        found = path.find(_members(request, request.body))
        return _short(", ".join([_written(value) for value in found]))

    return read


def _body_reader(left_out: Sequence[str]) -> Callable[[Request, str], str]:
    paths = [JsonPath.parse(text) for text in left_out]

    def read(request: Request, _: str) -> str:
        body = request.body
        if not isinstance(body, bytes):
            return UNCOMPARED
        value = _members(request, body) if paths else None
        if value is not None:
            for path in paths:
                value = path.without(value)
            body = _written(value).encode()
        return sha256(body).hexdigest() if body else ""

    return read


def _members(request: Request, body: bytes) -> object:
    """Return the JSON value of a body, or the fields of a form; None for another body."""
    if request.headers.get("Content-Type").partition(";")[0].strip().lower() == _FORM:
        fields: dict[str, object] = {}
        for name, text in equivalent_pairs(body.decode("latin-1")):
            fields.setdefault(name, []).append(text.partition("=")[2])  # type: ignore[attr-defined]
        return fields
    read = read_json(body)
    return read.value if isinstance(read, Json) else None


def _written(value: object) -> str:
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        return "JSON nested too deeply"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"SHA-256 {sha256(text.encode()).hexdigest()}"


_READERS: dict[str, Callable[[Request, str], str]] = {
    "method": lambda request, _: request.method,
    "path": lambda request, _: equivalent_path(request.path),
    "raw": lambda request, _: f"{request.method} {request.target}",
    "upstream": lambda _, origin: origin,
}

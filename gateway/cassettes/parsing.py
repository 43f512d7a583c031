"""Reads a cassette's text into interactions, as strict YAML. This reader defines the meaning of a cassette, and reports its mistakes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field
from yaml.events import ScalarEvent

from gateway.cassettes.coding import replayable
from gateway.cassettes.errors import Problem, Undecoded
from gateway.cassettes.format import NOT_IN_A_TARGET, NOT_IN_A_VALUE, RECORDED_AT, STATUSES, TOKEN
from gateway.cassettes.strict import UNREADABLE, Document, Node, content, is_null, kind, line_of, unreadable, value
from gateway.cassettes.vcr_json import as_yaml, may_be_json
from gateway.core.bounded import remembered
from gateway.core.codings import CodingError
from gateway.core.model import Headers, Interaction, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_OTHERS = {"http_interactions": "Ruby's VCR", "log": "HAR", "mappings": "WireMock"}
"""Top-level keys of other tools' recordings."""
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^/?#]+)(.*)", re.DOTALL)

Undone: TypeAlias = "Callable[[str, int, Headers, bytes], tuple[Headers, bytes]]"
"""Returns the header fields and body to play, from the method, the status, and the recorded header fields and body."""


class Reading(Struct):
    """Facts from reading that the interactions do not contain, by their numbers in the file."""

    undecoded: dict[int, Undecoded] = field(default_factory=dict)
    """Interactions that are left out because their bodies do not decode."""
    coded: set[int] = field(default_factory=set)
    """Interactions whose answers had a coding."""


def parse(
    path: Path, data: bytes, reading: Reading | None = None, step: Callable[[], None] | None = None
) -> tuple[Interaction, ...]:
    """Return the interactions of a cassette with the content `data`. `path` is for the messages of `CassetteError`.

    With `reading`, an interaction whose body does not decode is noted there. Without it, such an interaction raises the error. `step` is
    called for each interaction.
    """
    if not data:
        return ()
    try:
        text = data.decode()
        return _interactions(Document(as_yaml(text) if may_be_json(data) else text), replayable, reading, step)
    except Problem as problem:
        raise problem.of(path) from problem
    except UNREADABLE as error:
        raise unreadable(error, data).of(path) from error


def strictly(text: str) -> tuple[Interaction, ...]:
    """Return the interactions of a text as they are written, with the answers' codings and lengths.

    Raises Problem, and the errors in UNREADABLE.
    """
    return _interactions(Document(text), lambda _method, _status, headers, body: (headers, body))


def _interactions(
    document: Document, undone: Undone, reading: Reading | None = None, step: Callable[[], None] | None = None
) -> tuple[Interaction, ...]:
    found: tuple[Interaction, ...] | None = None
    for key, line in document.entries():
        if key == "interactions":
            found = tuple(_decoded(document.items(key), undone, reading, step))
        elif key in _OTHERS:
            raise Problem(line, "", "vcrpy's `interactions`", f"`{key}`", _imported(_OTHERS[key]))
        else:
            node = document.node(document.event())
            version = node.value if isinstance(node, ScalarEvent) else ""
            if key == "version" and version != "1":
                raise Problem(line, key, "1", kind(node), _imported("go-vcr 3 and 4") if version == "2" else "")
    if found is None:
        raise Problem(1, "", "a list under `interactions`", "no such key")
    return found


def _decoded(
    items: Iterable[tuple[int, Node]], undone: Undone, reading: Reading | None, step: Callable[[], None] | None
) -> Iterator[Interaction]:
    for number, item in enumerate(items):
        if step is not None:
            step()
        try:
            interaction = _interaction(*item, undone)
        except Undecoded as problem:
            if reading is None:
                raise
            reading.undecoded[number] = problem
            continue
        if reading is not None and _is_coded(item[1]):
            reading.coded.add(number)
        yield interaction


def _is_coded(block: Node) -> bool:
    answer = block.get("response") if isinstance(block, dict) else None
    headers = answer.get("headers") if isinstance(answer, dict) else None
    return isinstance(headers, dict) and any(name.lower() == "content-encoding" for name in headers)


def _interaction(line: int, block: Node, undone: Undone) -> Interaction:
    if not isinstance(block, dict):
        raise Problem(line, "interactions", "maps with `request` and `response`", kind(block))
    origin, request = _request(_part(block, "", "request", line), line)
    answer = _part(block, "", "response", line)
    response = _response(request.method, answer, line, undone)
    about = _part(answer, "response", "x_gateway", line) if "x_gateway" in answer else {}
    # when vcrpy rewrites a file, it drops other keys of an interaction, and keeps other keys of a response
    stamp = block.get("recorded_at", about.get("recorded_at"))
    recorded_at = "" if is_null(stamp) else _value(stamp, "recorded_at", line).decode("latin-1")
    if not RECORDED_AT.fullmatch(recorded_at):
        raise Problem(
            line_of(stamp or {}, line), "recorded_at", "a time, such as '2026-11-21T22:17:05.120Z'", "more than that"
        )
    notes = {key: value(item, f"response.x_gateway.{key}") for key, item in about.items()}
    return Interaction(origin, request, response, recorded_at, notes, line)


def _imported(tool: str) -> str:
    return f"`gateway cassette import` reads the form of {tool}"


def _request(node: dict[str, Node], line: int) -> tuple[str, Request]:
    if "url" in node and "uri" not in node:
        raise Problem(line_of(node["url"], line), "request", "vcrpy's `uri`", "`url`", _imported("go-vcr"))
    method = _text(node, "request", "method", line)
    if not TOKEN.fullmatch(method):
        raise Problem(line_of(node["method"]), "request.method", "a token", "other characters")
    uri = _text(node, "request", "uri", line)
    origin, target = origin_and_target(uri, line_of(node["uri"]))
    body = _body(node.get("body"), "request.body", line)
    headers = Headers(_fields(node.get("headers"), "request.headers", line))
    return origin, Request(method, target, headers, body)


def origin_and_target(uri: str, line: int) -> tuple[str, str]:
    """Split an absolute URI, which is on this line. Raises Problem for any other text."""
    parts = _URI.fullmatch(uri)
    if parts is None:
        raise Problem(line, "request.uri", "an absolute URI", "another form")
    origin, target = parts.groups()
    if NOT_IN_A_TARGET.search(uri):
        raise Problem(line, "request.uri", "a URL without spaces and control characters", "one of them")
    return origin, wire(target if target.startswith("/") else f"/{target}").decode("latin-1")


def _response(method: str, node: dict[str, Node], line: int, undone: Undone) -> Response:
    status, reason = _status(node, line)
    headers = Headers(_fields(node.get("headers"), "response.headers", line))
    if "content" in node and "body" not in node:  # vcrpy's httpx before 6
        body = _body(node["content"], "response.content", line)
    else:
        body = _body(_part(node, "response", "body", line).get("string"), "response.body.string", line)
    try:
        headers, body = undone(method, status, headers, body)
    except CodingError as error:
        raise Undecoded(line, "response.body", error) from error
    return Response(status, reason, headers, body, "cassette")


def _status(node: dict[str, Node], line: int) -> tuple[int, str]:
    if "status_code" in node and "status" not in node:  # vcrpy's httpx before 6
        status: dict[str, Node] = {"code": node["status_code"]}
    else:
        status = _part(node, "response", "status", line)
    code, message = status.get("code"), status.get("message")
    text = code.value if isinstance(code, ScalarEvent) else ""
    if not (text.isascii() and text.isdecimal() and len(text) == 3 and int(text) in STATUSES):  # noqa: PLR2004  three digits
        raise Problem(line_of(code or node, line), "response.status.code", "a number from 200 to 999", kind(code))
    return int(text), "" if is_null(message) else _value(message, "response.status.message", line).decode("latin-1")


def _part(node: Node, where: str, key: str, line: int) -> dict[str, Node]:
    """Return the map in `node` under `key`."""
    part = node.get(key) if isinstance(node, dict) else None
    if not isinstance(part, dict):
        raise Problem(line_of(part or node, line), f"{where}.{key}".lstrip("."), "a map", kind(part))
    return part


def _text(node: dict[str, Node], where: str, key: str, line: int) -> str:
    item = node.get(key)
    if not isinstance(item, ScalarEvent) or item.tag is not None:
        raise Problem(line_of(item or node, line), f"{where}.{key}", "text", kind(item))
    return str(item.value)


def _body(node: Node | None, where: str, line: int) -> bytes:
    if is_null(node):
        return b""
    if not isinstance(node, ScalarEvent):
        raise Problem(line_of(node or {}, line), where, "text, !!binary or null", kind(node))
    return content(node, where)


def _fields(node: Node | None, where: str, line: int) -> tuple[tuple[bytes, bytes], ...]:
    """Return valid header fields. A line break in a value would begin another field on the wire."""
    if is_null(node):
        return ()
    if not isinstance(node, dict):
        raise Problem(line_of(node or {}, line), where, "a map of names", kind(node))
    fields = []
    for name, values in node.items():
        key = _name(name)
        if not key:
            raise Problem(line_of(values, line), where, "names that are tokens", "other characters")
        if isinstance(values, list):
            fields += [(key, _value(item, f"{where}.{name}", line)) for item in values]
        else:  # vcrpy up to 1, and httpx before 6, wrote a value without a list
            fields.append((key, _value(values, f"{where}.{name}", line)))
    return tuple(fields)


@remembered(limit=1 << 19, longest=128)
def _name(name: str) -> bytes:
    return name.encode("ascii") if TOKEN.fullmatch(name) else b""


def _value(node: Node | None, where: str, line: int) -> bytes:
    if not isinstance(node, ScalarEvent) or is_null(node):
        raise Problem(line_of(node or {}, line), where, "text", kind(node))
    text = content(node, where).decode("latin-1") if node.tag is not None else str(node.value)
    if NOT_IN_A_VALUE.search(text):
        raise Problem(line_of(node), where, "a value without CR, LF and NUL", "one of them")
    return wire(text)


def wire(text: str) -> bytes:
    """Return the bytes of `text` on the wire: ISO-8859-1 if possible. Otherwise a client had decoded UTF-8, so UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()

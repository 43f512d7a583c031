"""Cassettes read: our own form and what vcrpy records, into interactions, or into one sentence that says what is wrong."""

from __future__ import annotations

import os
import re
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace
from yaml.events import ScalarEvent

from gateway.cassettes import shape
from gateway.cassettes.coding import replayable
from gateway.cassettes.errors import CassetteError, CassetteMissingError, Problem, Undecoded
from gateway.cassettes.files import available
from gateway.cassettes.format import HEAD, NOT_IN_A_TARGET, NOT_IN_A_VALUE, RECORDED_AT, STATUSES, TOKEN
from gateway.cassettes.strict import UNREADABLE, Document, Node, content, is_null, kind, line_of, unreadable, value
from gateway.cassettes.vcr_json import as_yaml, may_be_json
from gateway.core.bounded import remembered
from gateway.core.codings import CodingError
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.system.locking import lock_path, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_FILE = 512 * 1024 * 1024
"""How large a cassette may be, in bytes."""
CHUNK = 1 << 20
"""Bytes that are read at once of what has no size, such as a pipe, or has grown."""

_OTHERS = {"http_interactions": "Ruby's VCR", "log": "HAR", "mappings": "WireMock"}
"""What the top of other tools' recordings is called."""
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^/?#]+)(.*)", re.DOTALL)


class Cassette(Struct, frozen=True):
    """The interactions of one file, in their order."""

    path: Path
    interactions: tuple[Interaction, ...]
    appendable: bool
    """Whether a `Writer` takes it: our own form, or empty."""
    size: int = 0
    """Bytes that were read."""
    digest: bytes = b""
    """By which they are known again when more stands behind them."""


def load(path: Path, step: Callable[[], None] | None = None) -> Cassette:
    """Read the cassette at `path`. A file without a byte is a cassette without an interaction; `step` is called for each.

    Raises `CassetteMissingError` where there is none, and `CassetteError` for whatever else stands in the way.
    """
    data = read(path)
    if _form(data) == "damaged" and lock_path(path).exists():
        # another process may be in the middle of its write; under the lock, it is not
        try:
            with locked(path):
                data = read(path)
        except OSError as error:
            raise CassetteError(
                Path(error.filename or path), expected="a file to be locked", found=error.strerror or str(error)
            ) from error
    form = _form(data)
    if form == "damaged":
        raise shape.damaged(path, shape.line_at(data, shape.whole(data)))
    if form == "marked":
        raise shape.marked(path)
    return Cassette(path, parse(path, data, step=step), form in {"own", "empty"}, len(data), _digest(data))


def grown(before: Cassette) -> Cassette | None:
    """Return a cassette to which something was appended, of which only that is read; None where it cannot be seen to be so."""
    try:
        data = read(before.path)
        old, new = data[: before.size], data[before.size :]
        if not before.size or not before.appendable or _digest(old) != before.digest or _form(data) != "own":
            return None
        added = parse(before.path, HEAD + new)
    except CassetteError:  # whoever reads all of it says what it is, and where
        return None
    lines = old.count(b"\n") - HEAD.count(b"\n")
    held = (*before.interactions, *[replace(entry, line=entry.line + lines) for entry in added])
    return Cassette(before.path, held, appendable=True, size=len(data), digest=_digest(data))


class Reading(Struct):
    """What was reading in reading that an interaction does not say, by its number in the file."""

    undecoded: dict[int, Undecoded] = field(default_factory=dict)
    """Those that are left out since their body does not decode."""
    coded: set[int] = field(default_factory=set)
    """Those whose answer said that its body is coded."""


def parse(
    path: Path, data: bytes, reading: Reading | None = None, step: Callable[[], None] | None = None
) -> tuple[Interaction, ...]:
    """Return the interactions of a cassette whose content is `data`; `path` is for the messages of `CassetteError`.

    Where `reading` is given, those whose body does not decode are put there, and refuse nothing; `step` is called for each.
    """
    if not data:
        return ()
    try:
        text = data.decode()
        return _interactions(Document(as_yaml(text) if may_be_json(data) else text), reading, step)
    except Problem as problem:
        raise problem.of(path) from problem
    except UNREADABLE as error:
        raise unreadable(error, data).of(path) from error


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def _form(data: bytes) -> shape.Form:
    return shape.form(data[: shape.START], data[-shape.END :])


def read(path: Path) -> bytes:
    """Return the bytes of the cassette at `path`; raises `CassetteError`, or `CassetteMissingError` with what is there."""
    try:
        with path.open("rb", buffering=0) as file:
            step = (
                min(os.fstat(file.fileno()).st_size, MAX_FILE) + 1
            )  # not MAX_FILE: that much memory would be asked for
            pieces: list[bytes] = []
            while sum(map(len, pieces)) <= MAX_FILE and (piece := file.read(step)):
                pieces.append(piece)
                step = CHUNK
            data = b"".join(pieces)
    except FileNotFoundError:
        names = available(path.parent)
        there = f"there are in {path.parent}: {', '.join(names)}" if names else f"there is none in {path.parent}"
        raise CassetteMissingError(path, expected="a cassette", found="no such file", advice=there) from None
    except OSError as error:
        raise CassetteError(path, expected="a readable file", found=error.strerror or str(error)) from error
    if len(data) > MAX_FILE:
        raise CassetteError(path, expected=f"at most {MAX_FILE} bytes", found="more")
    return data


def _interactions(
    document: Document, reading: Reading | None, step: Callable[[], None] | None
) -> tuple[Interaction, ...]:
    found: tuple[Interaction, ...] | None = None
    for key, line in document.entries():
        if key == "interactions":
            found = tuple(_decoded(document.items(key), reading, step))
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
    items: Iterable[tuple[int, Node]], reading: Reading | None, step: Callable[[], None] | None
) -> Iterator[Interaction]:
    for number, item in enumerate(items):
        if step is not None:
            step()
        try:
            interaction = _interaction(*item)
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


def _interaction(line: int, block: Node) -> Interaction:
    if not isinstance(block, dict):
        raise Problem(line, "interactions", "maps with `request` and `response`", kind(block))
    origin, request = _request(_part(block, "", "request", line), line)
    answer = _part(block, "", "response", line)
    response = _response(request.method, answer, line)
    about = _part(answer, "response", "x_gateway", line) if "x_gateway" in answer else {}
    # vcrpy drops what stands on the interaction when it rewrites a file, and keeps what stands in the response
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
    uri = _URI.fullmatch(_text(node, "request", "uri", line))
    if uri is None:
        raise Problem(line_of(node["uri"]), "request.uri", "an absolute URI", "another form")
    origin, target = uri.groups()
    if not target.startswith("/"):
        target = "/" + target
    if NOT_IN_A_TARGET.search(uri.string):
        raise Problem(line_of(node["uri"]), "request.uri", "no spaces and no control characters", "one")
    body = _body(node.get("body"), "request.body", line)
    headers = Headers(_fields(node.get("headers"), "request.headers", line))
    return origin, Request(method, _wire(target).decode("latin-1"), headers, body)


def _response(method: str, node: dict[str, Node], line: int) -> Response:
    status, reason = _status(node, line)
    headers = Headers(_fields(node.get("headers"), "response.headers", line))
    if "content" in node and "body" not in node:  # vcrpy's httpx before 6
        body = _body(node["content"], "response.content", line)
    else:
        body = _body(_part(node, "response", "body", line).get("string"), "response.body.string", line)
    try:
        headers, body = replayable(method, status, headers, body)
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
    """Return the map that stands in `node` under `key`."""
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
    """Return header fields, held to what a wire allows: a cassette's line break would be a field of its own there."""
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
        else:  # vcrpy up to 1, and httpx before 6, wrote the value alone
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
    return _wire(text)


def _wire(text: str) -> bytes:
    """Return the bytes that `text` was on the wire: ISO-8859-1; what has no place there was UTF-8 that a client decoded."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()

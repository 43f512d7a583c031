"""What the control listener answers: a table of endpoints, each a method, a path and a function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec
from msgspec import Struct

from gateway.control.errors import ControlError
from gateway.control.recordings import Recordings
from gateway.control.steering import Controlled, Steered
from gateway.core.model import Request, Response

SESSION = "/api/sessions/{session}"
"""Before the path of an endpoint that is about one gateway, it is that session's: `/api/sessions/s1/exchanges`."""
MOST_PARAMETERS = 50
LONGEST_TARGET = 8192


class ApiCall(Struct, frozen=True):
    """One request to an endpoint."""

    request: Request
    controlled: Controlled
    gateway: Steered
    """The gateway that it is about: the main one, or a session's."""
    recordings: Recordings
    """Which cassettes are recorded, by this gateway and the others."""
    path: Mapping[str, str]
    """What the path's placeholders stand for, decoded."""
    query: Any = None
    """The query, as the endpoint's `query` type."""
    body: Any = None
    """The body, as the endpoint's `takes` type."""


class Endpoint(Struct, frozen=True):
    """What one method does at one path. The first line of its function's docstring is its documentation."""

    method: str
    path: str
    """`{name}` stands for one segment."""
    do: Callable[[ApiCall], Awaitable[object]]
    """Returns a value of `gives`, which is answered as JSON; None, which is a 204; or a whole Response."""
    gives: Any = None
    takes: Any = None
    """The body, as JSON; None: it takes none."""
    query: Any = None
    of_gateway: bool = False
    """Whether it is about one gateway, and so is there for each session as well."""
    status: int = 200
    media: str = "application/json"
    public: bool = False
    """Whether it is answered without the token: only pages that reveal nothing about the gateway."""
    sign_in: Callable[[], Response] | None = None
    """What a browser without a login is answered: a page on which a person logs in; None: the error alone."""


class Matched(NamedTuple):
    """An endpoint, and what its placeholders stand for."""

    endpoint: Endpoint
    path: Mapping[str, str]


def of_sessions(endpoints: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """Return the endpoints. Endpoints about one gateway come a second time, for sessions."""
    again = [
        msgspec.structs.replace(endpoint, path=SESSION + endpoint.path.removeprefix("/api"))
        for endpoint in endpoints
        if endpoint.of_gateway
    ]
    return (*endpoints, *again)


def find(endpoints: Sequence[Endpoint], method: str, target: str) -> Matched:
    """Return the endpoint for a request; ControlError 404 or 405 without one."""
    path = target.partition("?")[0]
    if len(target) > LONGEST_TARGET:
        raise ControlError(404, "not_found", "There is nothing at this path.")
    segments = [unquote(segment, errors="replace") for segment in path.split("/")]
    allowed = []
    for endpoint in endpoints:
        found = _fits(endpoint.path.split("/"), segments)
        if found is None:
            continue
        if endpoint.method == method or (method == "HEAD" and endpoint.method == "GET"):
            return Matched(endpoint, found)
        allowed.append(endpoint.method)
    if allowed:
        raise ControlError(405, "method_not_allowed", f"Expected {' or '.join(sorted(set(allowed)))}.")
    raise ControlError(404, "not_found", "There is nothing at this path.")


def _fits(pattern: Sequence[str], segments: Sequence[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    found = {}
    for wanted, segment in zip(pattern, segments, strict=True):
        if wanted.startswith("{"):
            found[wanted[1:-1]] = segment
        elif wanted != segment:
            return None
    return found


def read_query(kind: Any, query: str) -> Any:
    """Read the query of a request as `kind`; a ControlError says what is wrong with it."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS, errors="replace")
        return msgspec.convert(dict(pairs), kind, strict=False)
    except ValueError as error:  # a ValidationError is one
        raise ControlError(400, "invalid_query", _told(error)) from None


def read_body(kind: Any, body: bytes) -> Any:
    """Read the JSON of a request as `kind`; a ControlError says what is wrong with it."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (ValueError, RecursionError) as error:  # DecodeError, ValidationError, and what is no UTF-8
        raise ControlError(400, "invalid_body", _told(error)) from None


def _told(error: Exception) -> str:
    said = str(error) if isinstance(error, msgspec.DecodeError) else "Expected other text."
    return said if said.endswith(".") else f"{said}."

"""The table of endpoints of the control listener. An endpoint is a method, a path and a function."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec
from msgspec import Struct

from gateway.control.errors import ControlError
from gateway.control.recordings import Recordings
from gateway.control.steering import Controlled, Steered
from gateway.core.model import Request, Response
from gateway.core.suggestions import unknown_key
from gateway.core.text import printable, shortened

SESSION = "/api/sessions/{session}"
"""The prefix for the gateway of a session. It replaces `/api`, as in `/api/sessions/s1/exchanges`."""
MOST_PARAMETERS = 50
LONGEST_TARGET = 8192
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
"""msgspec's message about an unknown key of the outermost object."""


class ApiCall(Struct, frozen=True):
    """One request to an endpoint."""

    request: Request
    controlled: Controlled
    gateway: Steered
    """The gateway that the request is for: the main gateway, or a session's."""
    recordings: Recordings
    """The cassettes that the gateways of this process record into."""
    path: Mapping[str, str]
    """The decoded values of the path's placeholders."""
    query: Any = None
    """The query, as the endpoint's `query` type."""
    body: Any = None
    """The body, as the endpoint's `takes` type."""


class Endpoint(Struct, frozen=True):
    """A method at a path. The first line of its function's docstring is its documentation."""

    method: str
    path: str
    """`{name}` stands for one segment."""
    do: Callable[[ApiCall], Awaitable[object]]
    """The function. It returns a value of type `gives` (answered as JSON), or None (answered as 204), or a whole Response."""
    gives: Any = None
    takes: Any = None
    """The type of the JSON body; None if it takes no body."""
    query: Any = None
    of_gateway: bool = False
    """Whether it is for one gateway. Then each session has it, too."""
    status: int = 200
    media: str = "application/json"
    public: bool = False
    """Whether it needs no token. This is only for pages that say nothing about the gateway."""
    sign_in: Callable[[], Response] | None = None
    """Returns the login page, for a browser that is not logged in; None: such a browser gets the error."""


class Matched(NamedTuple):
    """An endpoint, and the values of its placeholders."""

    endpoint: Endpoint
    path: Mapping[str, str]


def of_sessions(endpoints: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """Return the endpoints. An endpoint for one gateway comes a second time, for sessions."""
    again = [
        msgspec.structs.replace(endpoint, path=SESSION + endpoint.path.removeprefix("/api"))
        for endpoint in endpoints
        if endpoint.of_gateway
    ]
    return (*endpoints, *again)


def find(endpoints: Sequence[Endpoint], method: str, target: str) -> Matched:
    """Return the endpoint for a request. Raises ControlError 404 or 405 if there is no endpoint."""
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
    """Read the query of a request as a value of type `kind`. Raises ControlError, which says what is wrong."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS, errors="replace")
        return msgspec.convert(dict(pairs), kind, strict=False)
    except ValueError as error:  # a ValidationError is one
        raise ControlError(400, "invalid_query", _told(error, kind)) from None


def read_body(kind: Any, body: bytes) -> Any:
    """Read the JSON of a request as a value of type `kind`. Raises ControlError, which says what is wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (ValueError, RecursionError) as error:  # DecodeError, ValidationError, UnicodeDecodeError
        raise ControlError(400, "invalid_body", _told(error, kind)) from None


def _told(error: Exception, kind: Any) -> str:
    """Return what is wrong, as a sentence. An unknown key gets the configuration's words. It never quotes a value."""
    said = str(error) if isinstance(error, msgspec.DecodeError) else "Expected other text"
    unknown = _UNKNOWN.fullmatch(said)
    if unknown is not None and isinstance(kind, type) and issubclass(kind, Struct):
        key = unknown[1]
        said = f"{printable(shortened(key))}: {unknown_key(key, kind.__struct_encode_fields__)}"
    return said if said.endswith((".", "?")) else f"{said}."

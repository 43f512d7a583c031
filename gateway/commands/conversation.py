"""Prints the conversation that the rules would have for a request, with assumed answers. Nothing is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote

from gateway.core.flow import chain
from gateway.core.mistake import Mistake
from gateway.core.model import Headers, Request, Response, Rule

_ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_PROFILES = re.compile(r"/api/v2/[^/]+/profiles")
_LOGOUT = re.compile(r"/api/v2/[^/]+/logout/([^/]+)")


class NotARequestError(Mistake):
    """The typed text is not a request."""


def typed_request(line: str, fields: Iterable[str], form: str) -> Request:
    """Return the request of a `METHOD target`, of fields as `Name: value`, and of a form. Text becomes UTF-8 bytes."""
    method, _, target = _wire(line).partition(" ")
    target = _ORIGIN.sub("", target.strip(), count=1)
    if not method.isalpha() or not target.startswith("/") or " " in target:
        message = "expected a method and a target, such as 'DELETE /api/v1/logout?requestor=REF30&deviceId=abc'"
        raise NotARequestError(message)
    pairs = []
    for field in fields:
        name, colon, value = _wire(field).partition(":")
        if not colon or not name.strip():
            message = "expected a header field as 'Name: value'"
            raise NotARequestError(message)
        pairs.append((name.strip(), value.strip()))
    if form:
        pairs.append(("Content-Type", "application/x-www-form-urlencoded"))
    return Request(method.upper(), target, Headers.of(pairs), form.encode("utf-8", "surrogateescape"))


def told(rules: Sequence[Rule], request: Request, profiles: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the conversation. `profiles` are the MVPDs at which the device is assumed to be logged in."""
    yield f"app      {_text(request.method)} {_text(request.target)}"
    flow = chain(rules, request)
    try:
        outbound = next(flow)
        while True:
            answer = _assumed(outbound, profiles)
            yield f"sent     {_text(outbound.method)} {_text(outbound.target)}"
            yield from (f"           {_text(name)}: {_text(value)}" for name, value in outbound.headers.items())
            if outbound.credentials is not None:
                yield f"           Authorization: Bearer <access token of clients.{outbound.credentials}>"
            yield f"assumed  {_shown(answer)}"
            outbound = flow.send(answer)
    except StopIteration as end:
        reply: Response = end.value
    yield f"reply    {_shown(reply)}"
    yield from (f"           {_text(name)}: {_text(value)}" for name, value in reply.headers.items())
    for note in reply.notes:
        yield f"{note.id:<9}{note.severity}: {note.where}: {note.found}; expected {note.expected}"


def _assumed(outbound: Request, profiles: Sequence[str]) -> Response:
    logout = _LOGOUT.fullmatch(outbound.path)
    if _PROFILES.fullmatch(outbound.path):
        return _answer({"profiles": {mvpd: {} for mvpd in profiles}})
    if logout:
        mvpd = unquote(logout[1])
        action = ("complete", "none") if mvpd in profiles else ("invalid", "none")
        return _answer({"logouts": {mvpd: {"actionName": action[0], "actionType": action[1], "mvpd": mvpd}}})
    return Response(204, "No Content", source="upstream")


def _answer(document: Mapping[str, object]) -> Response:
    return Response(
        200, "OK", Headers.of({"Content-Type": "application/json"}), json.dumps(document).encode(), "upstream"
    )


def _shown(answer: Response) -> str:
    body = answer.body.decode("utf-8", "replace").strip() if isinstance(answer.body, bytes) else ""
    return _printable(f"{answer.status} {answer.reason} {body}".strip())


def _text(wire: str) -> str:
    return _printable(wire.encode("latin-1", "replace").decode("utf-8", "replace"))


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _wire(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("latin-1")

"""Signs of a call's device when it has no device identifier: its code, its token, or its client.

Facts
-----
* Calls about a registration code have no identifier (`sessions/{code}`, `profiles/code/{code}`, v1's `regcode/{code}` …). The calls of
  client registration have no identifier either; the first one has only a software statement.
* A code is made for the device that asked for it. An access token belongs to a client. A client may belong to one device (the DCR FAQ
  requires it), or to all devices of a build.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_plus

from gateway.core.adobe.json_text import Json, members, read_json
from gateway.core.adobe.routes import LONGEST_PATH, Place, Route, place_of
from gateway.core.codings import CodingError, plain
from gateway.core.memo import memo_of
from gateway.core.model import Request, Response

LONGEST = 1 << 14
"""Largest form, answer or query that is searched for codes and tokens, in bytes. The samples of the pages have a few hundred."""
MADE_FOR_DEVICE = frozenset({"v2 create session", "v2 partner session", "v1 create regcode"})
"""Routes whose answers have a code."""
TOKEN, REGISTER = "token", "register"  # the names of routes
GIVING = MADE_FOR_DEVICE | {TOKEN, REGISTER}
_REG_CODE = re.compile(r"(?:^|&)reg_code=([^&]+)")
_CLIENT_ID = re.compile(r"(?:^|&)client_id=([^&]+)")


class Signs(NamedTuple):
    """The code, the token and the client that a call names. A missing one is empty."""

    code: str = ""
    token: str = ""
    client: str = ""


NOTHING_GIVEN = Signs()


def place_in(request: Request) -> Place | None:
    """Return the place of a request among the routes; None for a path that is too long."""
    memo = memo_of(request)
    if memo is not None and place_in in memo:
        known: Place | None = memo[place_in]
        return known
    path = request.target.partition("?")[0]
    place = place_of(request.method, path) if len(path) <= LONGEST_PATH else None
    if memo is not None:
        memo[place_in] = place
    return place


def route_of(request: Request) -> Route | None:
    """Return the operation of a request; None for a path that is too long."""
    place = place_in(request)
    return place.route if place is not None else None


def signs_of(request: Request) -> Signs:
    """Return the signs in a request. The form of a token request is read only if it is whole."""
    route = route_of(request)
    client = ""
    if route is not None and route.name == TOKEN:
        body = request.body if isinstance(request.body, bytes) else b""
        client = _named(_CLIENT_ID, request.query[:LONGEST]) or _named(_CLIENT_ID, body[:LONGEST].decode("latin-1"))
    return Signs(code_of(request), token_of(request), client)


def code_of(request: Request) -> str:
    """Return the registration code that a request's target names; empty without a code."""
    place = place_in(request)
    if place is None or place.route is None:
        return ""
    code = place.holes.get("code", "").partition(".")[0]
    if not code and "reg_code=" in request.target and len(query := request.query) <= LONGEST:
        code = _named(_REG_CODE, query)
    return code


def token_of(request: Request) -> str:
    """Return the bearer token of a request; empty without a token."""
    scheme, _, token = request.headers.get("Authorization").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def given_in(request: Request, response: Response) -> Signs:
    """Return the signs that an answer issues. Empty if its body is not whole, or too long."""
    route = route_of(request)
    if route is None or route.name not in GIVING or not 200 <= response.status < 300:  # noqa: PLR2004
        return NOTHING_GIVEN
    if not isinstance(response.body, bytes) or len(response.body) > LONGEST:
        return NOTHING_GIVEN
    try:
        read = read_json(plain(response.headers, response.body, LONGEST)[1])
    except CodingError:
        return NOTHING_GIVEN
    said = members(read.value) if isinstance(read, Json) else {}
    if route.name in MADE_FOR_DEVICE:
        return Signs(code=_text(said.get("code")))
    return (
        Signs(token=_text(said.get("access_token")))
        if route.name == TOKEN
        else Signs(client=_text(said.get("client_id")))
    )


def is_token_form(request: Request) -> bool:
    """Whether a request names its client in a short form. Such a form is read as a whole."""
    if request.method != "POST" or not request.path.startswith("/o/client/token"):
        return False
    length = request.headers.get("Content-Length")
    return length.isascii() and length.isdigit() and len(length) <= len(str(LONGEST)) and int(length) <= LONGEST


def _named(pattern: re.Pattern[str], pairs: str) -> str:
    found = pattern.search(pairs)
    return unquote_plus(found[1], "latin-1") if found else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

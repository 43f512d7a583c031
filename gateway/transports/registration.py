"""Asks Adobe for client credentials and access tokens: the two requests of dynamic client registration.

Facts
-----
* A client of REST API v2 has the scope `api:client:v2`. Without this scope, every call of v2 is answered 401 (REST API V2 checklist). So a
  registration or token with other scopes is refused here. One that names no scopes is accepted.
* In the documentation both answers have the status 201. A 200 is accepted, too.
* An error has one word in `error` (RFC 6749 section 5.2). Only this word is reported.
* Only `expires_in`, in seconds, tells the lifetime of a token. It is six hours in every sample.
* Both pages require `X-Device-Info`. The client is the gateway, so the field describes the gateway, and not its users' devices.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import NoReturn
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe.tokens import Jwt, read_jwt
from gateway.core.errors import gateway_error
from gateway.core.model import Headers, Request, Response, Send
from gateway.core.value import repr_without
from gateway.transports.bodies import close, gather

LIFE_UNKNOWN = 300.0
"""Seconds for which a token is used if its answer names no lifetime."""
LONGEST_LIFE = 366 * 86400.0
LONGEST_ANSWER = 1 << 16
SCOPE = "api:client:v2"
INVALID_CLIENT = "invalid_client"
"""The error of a token request if Adobe does not know the client, or does not know it any more (RFC 6749 section 5.2)."""
PASSING = frozenset({429, 500, 502, 503, 504})
"""Statuses of errors after which a later request may succeed."""
DESCRIBED = b64encode(
    b'{"primaryHardwareType":"Unknown","model":"pass-gateway","version":"1",'
    b'"osName":"Linux","osVersion":"0","connectionType":"LAN"}'
).decode("ascii")

_TOKEN = re.compile(r"[!-~]+")
_WORD = re.compile(r"[a-z_]{1,40}")


class Credentials(Struct, frozen=True):
    """The credentials of a registered application."""

    client_id: str
    client_secret: str

    __repr__, __rich_repr__ = repr_without("client_id", "client_secret")


class Grant(Struct, frozen=True):
    """An access token, and its lifetime in seconds."""

    token: str
    life: float

    __repr__, __rich_repr__ = repr_without("token")


class NoTokenError(Exception):
    """There is no access token. The text says why, and `response` is the answer. Both have no secret."""

    def __init__(self, why: str, response: Response, *, word: str = "", lasting: bool = False) -> None:
        """`word` is Adobe's word for the error, or "". `lasting`: no later request of this run can succeed."""
        super().__init__(why)
        self.response = response
        self.word = word
        self.lasting = lasting


def refuse(why: str, *, passing: bool = False, word: str = "", lasting: bool = False) -> NoReturn:
    """Raise NoTokenError with the reason. `passing`: a later request may succeed."""
    if not passing:
        response = gateway_error(502, "access_token_refused", f"There is no access token: {why}.")
        raise NoTokenError(why, response, word=word, lasting=lasting)
    response = gateway_error(503, "access_token_unavailable", f"There is no access token for now: {why}.")
    raise NoTokenError(why, replace(response, headers=response.headers.with_("Retry-After", "1")))


async def register(ask: Send, upstream: str, software_statement: str) -> Credentials:
    """Register the application of a software statement (retrieve-client-credentials page)."""
    body = json.dumps({"software_statement": software_statement}).encode()
    given = await _post(ask, upstream, "/o/client/register", "application/json;charset=utf-8", body)
    client_id, client_secret = given.get("client_id"), given.get("client_secret")
    if not (isinstance(client_id, str) and client_id and isinstance(client_secret, str) and client_secret):
        refuse("the answer to the registration contains no credentials")
    _has_scope("the registration", given.get("scopes"))
    return Credentials(client_id, client_secret)


async def grant(ask: Send, upstream: str, credentials: Credentials) -> Grant:
    """Get an access token (retrieve-access-token page)."""
    form = {
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "grant_type": "client_credentials",
    }
    kind = "application/x-www-form-urlencoded"
    given = await _post(ask, upstream, "/o/client/token", kind, urlencode(form).encode())
    token, life = given.get("access_token"), given.get("expires_in")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        refuse("the answer contains no access token")
    read = read_jwt(token)
    _has_scope("the access token", sorted(read.scopes) if isinstance(read, Jwt) and read.scopes is not None else None)
    known = isinstance(life, int | float) and not isinstance(life, bool) and 0 < life <= LONGEST_LIFE
    return Grant(token, float(life) if known and isinstance(life, int | float) else LIFE_UNKNOWN)


def _has_scope(what: str, scopes: object) -> None:
    """Refuse `what` if it names scopes without the scope of v2."""
    said = scopes.replace(",", " ").split() if isinstance(scopes, str) else scopes
    if isinstance(said, list) and SCOPE not in said:
        refuse(
            f"{what} lacks the scope {SCOPE}. Take the software statement, or the credentials, of a registered application "
            "for which REST API v2 is enabled, and start the gateway again. Credentials of v1 cannot be reused",
            lasting=True,
        )


async def _post(ask: Send, upstream: str, target: str, kind: str, body: bytes) -> dict[str, object]:
    """Send one of the two requests, and return the JSON object in its answer."""
    fields = {
        "Content-Type": kind,
        "Content-Length": str(len(body)),
        "Accept": "application/json",
        "X-Device-Info": DESCRIBED,
    }
    answer = await ask(Request("POST", target, Headers.of(fields), body, upstream=upstream))
    if answer.source == "gateway":
        raise NoTokenError(answer.headers.get("X-Gateway-Error") or "no answer", answer)
    content = await gather(answer.body, LONGEST_ANSWER)
    if not isinstance(content, bytes):
        await close(content)
        content = b""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    said: dict[str, object] = document if isinstance(document, dict) else {}
    if answer.status not in {200, 201}:
        word = said.get("error")
        plain = word if isinstance(word, str) and _WORD.fullmatch(word) else ""
        said_why = f"{target} answered {answer.status}{plain and ', '}{plain}"
        refuse(said_why, passing=answer.status in PASSING, word=plain)
    return said

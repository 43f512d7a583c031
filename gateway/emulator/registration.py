"""Dynamic client registration: `POST /o/client/register` and `POST /o/client/token`, for any client that asks.

Every value is made from a seed and the call's moment. The emulator's seed is the call itself, so the same call at the same time has the
same answer.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from typing import TYPE_CHECKING

from gateway.emulator.answers import json_answer
from gateway.emulator.errors import registration_error
from gateway.emulator.model import form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.emulator.model import Answer, Asked, Call, LoggedOut

EXPIRES_IN = 21_600
"""Seconds that an access token lives, in every sample of the documentation."""

SCOPE = "api:client:v2"


def register(asked: Asked, gone: LoggedOut) -> tuple[Answer, LoggedOut]:
    """Give client credentials for a software statement, other ones each time."""
    return registered(asked.call, asked.call.digest), gone


def token(asked: Asked, gone: LoggedOut) -> tuple[Answer, LoggedOut]:
    """Give an access token, another one each time."""
    return granted(asked.call, asked.call.digest), gone


def registered(call: Call, seed: bytes) -> Answer:
    """Answer a registration (retrieve-client-credentials page); the same `seed`, of 16 bytes or more, gives the same credentials."""
    try:
        document = json.loads(call.body)
    except (ValueError, RecursionError):
        document = None
    fault = _registration_fault(document)
    if fault or not isinstance(document, dict):
        return registration_error(call, fault)
    credentials = {
        "client_id": _uuid(seed, "client_id"),
        "client_secret": _uuid(seed, "client_secret"),
        "client_id_issued_at": int(call.now),
        "redirect_uris": [document["redirect_uri"]] if "redirect_uri" in document else [],
        "grant_types": ["client_credentials"],
        "scopes": [SCOPE],
    }
    return json_answer(call, 201, credentials)


def granted(call: Call, seed: bytes) -> Answer:
    """Answer a token request (retrieve-access-token page); parameters in a form, or in the query as the OpenAPI file has them."""
    given = {**call.query, **form(call.body.decode("latin-1"))}
    if not all(given.get(name) for name in ("client_id", "client_secret", "grant_type")):
        return registration_error(call, "invalid_request")
    if given["grant_type"] != "client_credentials":
        return registration_error(call, "unsupported_grant_type")
    grant = {
        "id": _uuid(seed, "id"),
        "access_token": _jwt(given["client_id"], int(call.now), seed),
        "created_at": int(call.now * 1000),  # milliseconds here, seconds in expires_in: the page has it so
        "expires_in": EXPIRES_IN,
        "token_type": "bearer",
    }
    return json_answer(call, 201, grant)


def _registration_fault(document: object) -> str:
    if not isinstance(document, dict) or "software_statement" not in document:
        return "invalid_request"
    statement = document["software_statement"]
    if not isinstance(statement, str) or not statement.strip():
        return "invalid_software_statement"
    uri = document.get("redirect_uri", "-")
    return "" if isinstance(uri, str) and uri else "invalid_redirect_uri"


def _jwt(client: str, now: int, seed: bytes) -> str:
    """Return a token of the samples' shape: RS256's header, their claims, 256 bytes where the signature stands. Nothing is signed."""
    claims = {"sub": client, "nbf": now, "iss": "auth.adobe.com", "scopes": SCOPE, "exp": now + EXPIRES_IN, "iat": now}
    parts = (_compact({"alg": "RS256"}), _compact(claims), hashlib.shake_256(seed).digest(256))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def _compact(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _uuid(seed: bytes, purpose: str) -> str:
    return str(uuid.uuid5(uuid.UUID(bytes=seed[:16]), purpose))

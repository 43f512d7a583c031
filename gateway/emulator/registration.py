"""Dynamic client registration: `POST /o/client/register` and `POST /o/client/token`, for any client that asks.

Every value is made from the call and its moment, so the same call at the same time has the same answer.
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

    from gateway.emulator.model import Answer, Asked, LoggedOut

EXPIRES_IN = 21_600
"""Seconds that an access token lives, in every sample of the documentation."""

SCOPE = "api:client:v2"


def register(asked: Asked, gone: LoggedOut) -> tuple[Answer, LoggedOut]:
    """Give client credentials for a software statement (retrieve-client-credentials page)."""
    call = asked.call
    try:
        document = json.loads(call.body)
    except (ValueError, RecursionError):
        document = None
    fault = _registration_fault(document)
    if fault or not isinstance(document, dict):
        return registration_error(call, fault), gone
    credentials = {
        "client_id": _uuid(call.digest, "client_id"),
        "client_secret": _uuid(call.digest, "client_secret"),
        "client_id_issued_at": int(call.now),
        "redirect_uris": [document["redirect_uri"]] if "redirect_uri" in document else [],
        "grant_types": ["client_credentials"],
        "scopes": [SCOPE],
    }
    return json_answer(call, 201, credentials), gone


def token(asked: Asked, gone: LoggedOut) -> tuple[Answer, LoggedOut]:
    """Give an access token (retrieve-access-token page); parameters in a form, or in the query as the OpenAPI file has them."""
    call = asked.call
    given = {**call.query, **form(call.body.decode("latin-1"))}
    if not all(given.get(name) for name in ("client_id", "client_secret", "grant_type")):
        return registration_error(call, "invalid_request"), gone
    if given["grant_type"] != "client_credentials":
        return registration_error(call, "unsupported_grant_type"), gone
    granted = {
        "id": _uuid(call.digest, "id"),
        "access_token": _jwt(given["client_id"], int(call.now), call.digest),
        "created_at": int(call.now * 1000),  # milliseconds here, seconds in expires_in: the page has it so
        "expires_in": EXPIRES_IN,
        "token_type": "bearer",
    }
    return json_answer(call, 201, granted), gone


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

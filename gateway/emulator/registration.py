"""Dynamic client registration: `POST /o/client/register` and `POST /o/client/token`.

Facts
-----
* Every value is made from a seed and the call's time. The emulator's seed is the call itself. So the same call at the same time
  has the same answer.
* Every client that asks gets a token. Strict: only a client that registered here, with its own secret. A restarted emulator knows no
  clients.
* A repeated parameter is an invalid_request (page of the access token). Only strict checks it.
"""

from __future__ import annotations

import hashlib
import json
import uuid

from gateway.emulator.answers import json_answer
from gateway.emulator.catalogue import Application
from gateway.emulator.errors import registration_error
from gateway.emulator.model import Answer, Asked, Call
from gateway.emulator.state import Client, cut, key_of
from gateway.emulator.tokens import EXPIRES_IN, ISSUER, SCOPE, claims_of, issue

__all__ = ["EXPIRES_IN", "SCOPE", "granted", "register", "registered", "token"]


def register(asked: Asked) -> Answer:
    """Give client credentials for a software statement. They are different each time."""
    statement = _statement(asked.call)
    name, application = _application(asked, statement)
    fault = _registration_fault(asked.call.json) or _statement_fault(asked, statement, application)
    if fault:
        return registration_error(asked.call, fault)
    answer = registered(asked.call, asked.call.digest, application.scopes)
    made = json.loads(answer.body)
    client = Client(made["client_id"], made["client_secret"], name, " ".join(application.scopes))
    asked.state.clients.keep(key_of(client.id), client)
    return answer


def token(asked: Asked) -> Answer:
    """Give an access token. It is different each time."""
    call = asked.call
    given = call.given
    known = asked.state.clients.get(key_of(given.get("client_id", "")))
    fault = ""
    if asked.options.strict:
        form = call.header("Content-Type").partition(";")[0].strip().lower()
        if call.repeated or (call.body and form != "application/x-www-form-urlencoded"):
            fault = "invalid_request"
        elif not _grant_fault(call) and (known is None or known.secret != given["client_secret"]):
            fault = "invalid_client"
    if known is not None and not _grant_fault(call):
        application = asked.catalogue.applications.get(known.application)
        if application is not None and not application.grant:
            fault = fault or "unauthorized_client"
    if fault:
        return registration_error(call, fault)
    return granted(call, call.digest, known.scopes if known is not None else SCOPE)


def registered(call: Call, seed: bytes, scopes: tuple[str, ...] = (SCOPE,)) -> Answer:
    """Answer a registration (retrieve-client-credentials page). The same `seed`, of 16 bytes or more, gives the same credentials."""
    document = call.json
    fault = _registration_fault(document)
    if fault or not isinstance(document, dict):
        return registration_error(call, fault)
    credentials = {
        "client_id": _uuid(seed, "client_id"),
        "client_secret": _uuid(seed, "client_secret"),
        "client_id_issued_at": int(call.now),
        "redirect_uris": [document["redirect_uri"]] if "redirect_uri" in document else [],
        "grant_types": ["client_credentials"],
        "scopes": [*scopes],
    }
    return json_answer(call, 201, credentials)


def granted(call: Call, seed: bytes, scopes: str = SCOPE) -> Answer:
    """Answer a token request (retrieve-access-token page). Its parameters are in a form; in the OpenAPI file they are in the query."""
    if fault := _grant_fault(call):
        return registration_error(call, fault)
    grant = {
        "id": _uuid(seed, "id"),
        "access_token": issue(call.given["client_id"], scopes, int(call.now), seed),
        "created_at": int(call.now * 1000),  # the page has milliseconds here, and seconds in expires_in
        "expires_in": EXPIRES_IN,
        "token_type": "bearer",
    }
    return json_answer(call, 201, grant)


def _grant_fault(call: Call) -> str:
    given = call.given
    if not all(given.get(name) for name in ("client_id", "client_secret", "grant_type")):
        return "invalid_request"
    return "" if given["grant_type"] == "client_credentials" else "unsupported_grant_type"


def _statement(call: Call) -> str:
    document = call.json
    statement = document.get("software_statement") if isinstance(document, dict) else None
    return statement if isinstance(statement, str) else ""


def _registration_fault(document: object) -> str:
    if not isinstance(document, dict) or "software_statement" not in document:
        return "invalid_request"
    statement = document["software_statement"]
    if not isinstance(statement, str) or not statement.strip():
        return "invalid_software_statement"
    uri = document.get("redirect_uri", "-")
    return "" if isinstance(uri, str) and uri else "invalid_redirect_uri"


def _application(asked: Asked, statement: str) -> tuple[str, Application]:
    """Return the name and the application of a statement. The name is its `sub`, or the whole statement if it is not a JWT."""
    subject = (claims_of(statement) or {}).get("sub", statement)
    name = subject if isinstance(subject, str) else ""
    return cut(name), asked.catalogue.applications.get(name, Application())


def _statement_fault(asked: Asked, statement: str, application: Application) -> str:
    """Return the mistake in a statement. Strict: it must be a JWT of the right issuer. The signature is not checked."""
    if asked.options.strict:
        claims = claims_of(statement)
        if claims is None:
            return "invalid_software_statement"
        if claims.get("iss", ISSUER) != ISSUER:
            return "unapproved_software_statement"
    return "" if application.approved else "unapproved_software_statement"


def _uuid(seed: bytes, purpose: str) -> str:
    return str(uuid.uuid5(uuid.UUID(bytes=hashlib.sha256(seed).digest()[:16]), purpose))

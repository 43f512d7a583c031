"""The caller: token, client, application, and identities of single sign-on."""

from __future__ import annotations

import re

from gateway.emulator.catalogue import Application
from gateway.emulator.kinds import KINDS
from gateway.emulator.model import Asked
from gateway.emulator.state import key_of
from gateway.emulator.tokens import claims_of, client_of

# RFC 6750 section 2.1. The case of letters in the scheme's name does not matter (RFC 9110 section 11.1).
_BEARER = re.compile(r"bearer +([!-~]+)", re.IGNORECASE)
_ANY = Application()


def bearer(asked: Asked) -> str:
    """Return the bearer token. Empty if there is no token."""
    found = _BEARER.fullmatch(asked.call.header("Authorization"))
    return found[1] if found else ""


def client(asked: Asked) -> str:
    """Return a key of the client that a call is about. Its token names the client. All tokens without a client count as one client."""
    return asked.on_behalf_of or client_key(client_of(bearer(asked)))


def client_key(name: str) -> str:
    """Return the key of a client by its client_id."""
    return key_of("client", name).hex()


def application_of(asked: Asked, token: str) -> Application:
    """Return the application of a token's client. An unknown application may do everything."""
    known = asked.state.clients.get(key_of(client_of(token)))
    return asked.catalogue.applications.get(known.application, _ANY) if known else _ANY


def subjects(asked: Asked) -> dict[str, bytes]:
    """Return a key of each single sign-on identity in the call's headers, by the type of profile that it makes visible.

    The identity is the `sub` of a JWT. So a new token of the same user or platform names the same identity.
    """
    found = {}
    for type_, kind in KINDS.items():
        value = next((text for name in kind.shown_by if (text := asked.call.header(name))), "")
        if value:
            subject = (claims_of(value) or {}).get("sub")
            found[type_] = key_of(type_, subject if isinstance(subject, str) else value)
    return found

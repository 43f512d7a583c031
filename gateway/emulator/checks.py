"""What REST API v2 demands of a call, one check for each header and parameter, in the order in which they report.

Each check returns the error code that the page documents for it, or nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.emulator.model import Asked

    Check: TypeAlias = Callable[[Asked], str]

# RFC 6750 section 2.1; the scheme's name has no case (RFC 9110 section 11.1).
_BEARER = re.compile(r"bearer +([!-~]+)", re.IGNORECASE)
_SERVICE_PROVIDER = re.compile(r"[A-Za-z0-9._-]+")
# http and https have a host; a scheme of an app's own, such as adbe.<22 characters>, may have nothing behind it.
_ABSOLUTE = re.compile(r"(?i:https?://[^\s/?#]+\S*|(?!https?:)[a-z][a-z0-9+.-]*:/\S*)")


def authorization(asked: Asked) -> str:
    """Demand `Authorization: Bearer <token>`; strict: a token that is no expired JWT."""
    found = _BEARER.fullmatch(asked.call.header("Authorization"))
    if found and not (asked.options.strict and _expired(found[1], asked.call.now)):
        return ""
    return "invalid_access_token_client_application"


def device_identifier(asked: Asked) -> str:
    """Demand `AP-Device-Identifier: fingerprint <Base64>`."""
    return "" if asked.device else "invalid_header_device_identifier"


def device_info(asked: Asked) -> str:
    """Demand Base64 of an `X-Device-Info` that is there; strict: that it is there, with a JSON object in it."""
    if not asked.call.has("X-Device-Info"):
        return "invalid_header_device_info" if asked.options.strict else ""
    fine = is_device_info(asked.call.header("X-Device-Info"), strict=asked.options.strict)
    return "" if fine else "invalid_header_device_info"


def service_provider(asked: Asked) -> str:
    """Demand a service provider in the path: a known one where the catalogue lists them, else any well-formed one."""
    known = asked.catalogue.service_providers
    fine = asked.service_provider in known if known else _SERVICE_PROVIDER.fullmatch(asked.service_provider)
    return "" if fine else "invalid_parameter_service_provider"


def mvpd(asked: Asked) -> str:
    """Demand an MVPD of the catalogue in the path."""
    return "" if asked.catalogue.find(asked.mvpd) else "invalid_parameter_mvpd"


def redirect_url(asked: Asked) -> str:
    """Demand a redirectUrl in the query; strict: an absolute one."""
    value = asked.call.query.get("redirectUrl", "")
    fine = _ABSOLUTE.fullmatch(value) if asked.options.strict else value
    return "" if fine else "invalid_parameter_redirect_url"


HEADERS: tuple[Check, ...] = (authorization, device_identifier, device_info)
PROFILES: tuple[Check, ...] = (*HEADERS, service_provider)
PROFILE: tuple[Check, ...] = (*PROFILES, mvpd)
LOGOUT: tuple[Check, ...] = (*PROFILE, redirect_url)


def first_fault(asked: Asked, checks: Iterable[Check]) -> str:
    """Return the first code that a check reports; empty where all are content."""
    return next(filter(None, (check(asked) for check in checks)), "")


def is_device_info(value: str, *, strict: bool) -> bool:
    """Say whether `value` is Base64; strict: of a JSON object."""
    try:
        decoded = base64.b64decode(value.encode("latin-1", "replace"), validate=True)
    except binascii.Error:
        return False
    return bool(decoded) and (not strict or isinstance(_json(decoded), dict))


def _expired(token: str, now: float) -> bool:
    """Say whether `token` is a JWT whose `exp` has passed. An opaque token has none that we could read (Authorization page)."""
    claims = token.split(".")[1:2]
    try:
        payload = _json(base64.urlsafe_b64decode(claims[0] + "==")) if claims else None
    except binascii.Error:
        return False
    expiry = payload.get("exp") if isinstance(payload, dict) else None
    return isinstance(expiry, int | float) and expiry <= now


def _json(text: bytes) -> object:
    """Return the JSON value; None where it is none. A deep nesting is a RecursionError and no harm."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

"""What REST API v2 demands of a call: a check for each header and parameter, in the order in which they report.

Each check returns the error code that the page documents, or "". Adobe's own order is not documented.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from gateway.emulator.model import Asked
from gateway.emulator.partner_status import judge
from gateway.emulator.tokens import SCOPE, has_expired, is_own, scopes_of
from gateway.emulator.who import application_of, bearer

Check: TypeAlias = Callable[[Asked], str]

_SERVICE_PROVIDER = re.compile(r"[A-Za-z0-9._-]+")
# http and https have a host. An app's own scheme, such as adbe.<22 characters>, may have nothing after it.
_ABSOLUTE = re.compile(r"(?i:https?://[^\s/?#]+\S*|(?!https?:)[a-z][a-z0-9+.-]*:/\S*)")
LONGEST_URL = 2_048


def authorization(asked: Asked) -> str:
    """Demand `Authorization: Bearer <token>`. Strict: the token is this emulator's, is for v2, and has not expired."""
    token = bearer(asked)
    fine = bool(token)
    if token and asked.options.strict:
        fine = is_own(token) and SCOPE in scopes_of(token) and not has_expired(token, asked.call.now)
    return "" if fine else "invalid_access_token_client_application"


def token_service_provider(asked: Asked) -> str:
    """Demand that the token's application belongs to the service provider, if the catalogue has the application."""
    allowed = application_of(asked, bearer(asked)).service_providers
    fine = allowed is None or asked.service_provider in allowed
    return "" if fine else "invalid_access_token_service_provider"


def device_identifier(asked: Asked) -> str:
    """Demand `AP-Device-Identifier: fingerprint <Base64>`."""
    return "" if asked.device else "invalid_header_device_identifier"


def device_info(asked: Asked) -> str:
    """Demand Base64 in `X-Device-Info`, if the field is there. Strict: it must be there, and contain a JSON object."""
    if not asked.call.has("X-Device-Info"):
        return "invalid_header_device_info" if asked.options.strict else ""
    fine = is_device_info(asked.call.header("X-Device-Info"), strict=asked.options.strict)
    return "" if fine else "invalid_header_device_info"


def service_provider(asked: Asked) -> str:
    """Demand a service provider in the path: one in the catalogue's list, or any well-formed one if the catalogue has no list.

    Strict: it must be the path's first segment. One sample of the documentation has `logout` in this place.
    """
    if asked.swapped and asked.options.strict:
        return "invalid_parameter_service_provider"
    known = asked.catalogue.service_providers
    fine = asked.service_provider in known if known else _SERVICE_PROVIDER.fullmatch(asked.service_provider)
    return "" if fine else "invalid_parameter_service_provider"


def mvpd(asked: Asked) -> str:
    """Demand in the path an MVPD of the catalogue that has no `error`, and whose integration is active."""
    return mvpd_fault(asked, asked.mvpd)


def mvpd_fault(asked: Asked, name: str) -> str:
    """Return the error code for the MVPD that a call names in its path or form. Empty if there is no error."""
    found = asked.catalogue.find(name)
    if found is None:
        return "invalid_parameter_mvpd"
    if found.service_providers is not None and asked.service_provider not in found.service_providers:
        return "invalid_integration"
    return found.error


def partner_status(asked: Asked) -> str:
    """Strict: demand that an AP-Partner-Framework-Status is valid, and names this MVPD, if the field is there."""
    if not asked.options.strict or not asked.call.has("AP-Partner-Framework-Status"):
        return ""
    return judge(asked.call, asked.catalogue, asked.mvpd)[0]


def redirect_url(asked: Asked) -> str:
    """Demand a redirectUrl in the query. Strict: it must be a single one, and absolute."""
    value = asked.call.query.get("redirectUrl", "")
    if asked.options.strict and "redirectUrl" in asked.call.repeated:
        value = ""
    return "" if is_redirect_url(asked, value) else "invalid_parameter_redirect_url"


HEADERS: tuple[Check, ...] = (authorization, device_identifier, device_info)
BY_CODE: tuple[Check, ...] = (authorization, service_provider, token_service_provider)
PROFILES: tuple[Check, ...] = (*HEADERS, service_provider, token_service_provider)
PROFILE: tuple[Check, ...] = (*PROFILES, mvpd, partner_status)
LOGOUT: tuple[Check, ...] = (*PROFILES, mvpd, redirect_url)


def first_fault(asked: Asked, checks: Iterable[Check]) -> str:
    """Return the first code that a check reports. Empty if no check reports one."""
    return next(filter(None, (check(asked) for check in checks)), "")


def is_redirect_url(asked: Asked, value: str) -> bool:
    """Return whether a browser can be sent to the URL. Strict: whether the URL is absolute."""
    if len(value) > LONGEST_URL:
        return False
    return bool(_ABSOLUTE.fullmatch(value)) if asked.options.strict else bool(value)


def is_device_info(value: str, *, strict: bool) -> bool:
    """Return whether `value` is Base64. Strict: Base64 of a JSON object."""
    try:
        decoded = base64.b64decode(value.encode("latin-1", "replace"), validate=True)
    except binascii.Error:
        return False
    return bool(decoded) and (not strict or isinstance(_json(decoded), dict))


def _json(text: bytes) -> object:
    """Return the JSON value. None if the text is not JSON, or is nested too deeply."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

"""Reads AP-Partner-Framework-Status: Base64 of Apple's data about the user's permission and provider."""

from __future__ import annotations

import base64
import binascii
import json

from gateway.emulator.catalogue import Catalogue, Mvpd
from gateway.emulator.model import Call

_PREFIX = "invalid_header_pfs_"
_ACCESS = {"granted": "", "": "permission_access_not_present", "notDetermined": "permission_access_not_determined"}
"""The code of each accessStatus. Every other accessStatus means: not granted."""
LONGEST = 16_384
"""Longest header value that is read, in characters."""


def judge(call: Call, catalogue: Catalogue, mvpd: str = "") -> tuple[str, Mvpd | None]:
    """Return the error code of the header, and the MVPD that it names.

    `mvpd` is the MVPD in the call's parameter. The header must not name another MVPD.
    """
    status = _members(call.header("AP-Partner-Framework-Status"))
    permission = _inner(status, "frameworkPermissionInfo").get("accessStatus")
    provider = _inner(status, "frameworkProviderInfo")
    name = provider.get("id")
    found = catalogue.find(name) if isinstance(name, str) else None
    if found is not None and found.access is not None and found.access.type == "temporary":
        found = None  # temporary access cannot be a user's provider at the partner
    fault = _ACCESS.get(permission, "permission_access_not_granted") if isinstance(permission, str) else _ACCESS[""]
    if not fault and found is None:
        fault = "provider_id_not_determined"
    elif not fault and mvpd and catalogue.find(mvpd) is not found:
        fault = "provider_id_mismatch"
    elif not fault and _milliseconds(provider.get("expirationDate")) <= call.now * 1000:
        fault = "provider_info_expired"
    return (_PREFIX + fault if fault else ""), found


def _members(header: str) -> dict[str, object]:
    if len(header) > LONGEST:
        return {}
    try:
        value = json.loads(base64.b64decode(header.encode("latin-1", "replace"), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _inner(value: dict[str, object], name: str) -> dict[str, object]:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def _milliseconds(value: object) -> float:
    """Return a date from a text with milliseconds since the epoch. An invalid date is in the past."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0.0  # noqa: PLR2004  # digits of 64 bits

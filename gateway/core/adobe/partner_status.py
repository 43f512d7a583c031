"""The AP-Partner-Framework-Status header: Base64 of a JSON object about a partner's (Apple's) single sign-on."""

from __future__ import annotations

import math

from msgspec import Struct

from gateway.core.adobe.json_text import members, read_base64_json
from gateway.core.adobe.malformed import Malformed, shown
from gateway.core.bounded import remembered

ACCESS = frozenset({"granted", "denied", "restricted", "notDetermined"})
_PERMISSION = "frameworkPermissionInfo"
_PROVIDER = "frameworkProviderInfo"


class PartnerStatus(Struct, frozen=True):
    """The status of the partner's framework."""

    access: str
    expires: float | None
    """The end of the provider information, in seconds since the epoch."""


@remembered()
def read_partner_status(value: str) -> PartnerStatus | Malformed:
    """Read the value of AP-Partner-Framework-Status."""
    read = read_base64_json(value)
    return read if isinstance(read, Malformed) else _status(members(read.value))


def _status(status: dict[str, object]) -> PartnerStatus | Malformed:
    access = members(status.get(_PERMISSION)).get("accessStatus")
    if not isinstance(access, str) or access not in ACCESS:
        found = shown(access) if isinstance(access, str) else f"no {_PERMISSION}.accessStatus"
        return Malformed("json", found, f"accessStatus {', '.join(sorted(ACCESS))}")
    provider = members(status.get(_PROVIDER))
    expires = _seconds(provider.get("expirationDate"))
    if access != "granted":  # the page's own sample of a denied access has no provider
        return PartnerStatus(access, expires)
    missing = [name for name in ("id", "expirationDate") if not provider.get(name)]
    if missing:
        expected = "id and expirationDate, since access is granted"
        return Malformed("json", f"{_PROVIDER} without {' and '.join(missing)}", expected)
    if expires is None:
        return Malformed("json", "an expirationDate that is not a number", "milliseconds since 1970, as a string")
    return PartnerStatus(access, expires)


def _seconds(value: object) -> float | None:
    """Read milliseconds since 1970, which the page writes as a string."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        milliseconds = float(value)
    except (ValueError, OverflowError):
        return None
    return milliseconds / 1000 if math.isfinite(milliseconds) else None

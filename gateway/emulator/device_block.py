"""The API's description of a device: X-Device-Info in the form in which GET sessions/{code} and v1's regcode return it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

LONGEST = 64
"""Longest value that is shown, in characters."""
MOST = 1 << 20
"""The largest number of a display that is shown, so that JSON has every number."""
_NONE = {"major": 0, "minor": 0, "patch": 0, "profile": ""}


def device_block(info: str, user_agent: str, address: str) -> dict[str, object]:
    """Return the block of the session page's samples. Values that X-Device-Info does not have are null, or `unknown`."""
    told = _members(info)

    def said(name: str) -> str | None:
        value = told.get(name)
        return str(value)[:LONGEST] if isinstance(value, str | int | float) else None

    vendor = said("vendor") or said("manufacturer")
    return {
        "type": said("primaryHardwareType") or "Unknown",
        "model": said("model"),
        "version": version(said("version")),
        "hardware": {
            "name": said("model"),
            "vendor": vendor,
            "version": version(said("version")),
            "manufacturer": said("manufacturer"),
        },
        "operatingSystem": {
            "name": said("osName"),
            "family": said("osFamily") or said("osName"),
            "vendor": said("osVendor") or vendor,
            "version": version(said("osVersion")),
        },
        "browser": {
            "name": said("browserName"),
            "vendor": said("browserVendor"),
            "version": version(said("browserVersion")),
            "userAgent": user_agent,
            "originalUserAgent": user_agent,
        },
        "display": {
            "width": _number(told.get("displayWidth")),
            "height": _number(told.get("displayHeight")),
            "ppi": _number(told.get("displayPpi")),
            "name": "DISPLAY",
            "vendor": None,
            "version": None,
            "diagonalSize": told.get("diagonalScreenSize") if _number(told.get("diagonalScreenSize")) else None,
        },
        "applicationId": said("applicationId"),
        "connection": {
            "ipAddress": said("connectionIp") or address,
            "port": said("connectionPort"),
            "secure": told.get("connectionSecure") is True,
            "type": said("connectionType"),
        },
    }


def version(text: str | None) -> Mapping[str, object]:
    """Read `11.0.2` or `5,3` as major, minor, patch."""
    parts = [
        int(part) if part.isascii() and part.isdigit() else 0 for part in (text or "").replace(",", ".").split(".")[:3]
    ]
    return {**_NONE, **dict(zip(("major", "minor", "patch"), parts, strict=False))}


def _number(value: object) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST:
        return value
    return 0


def _members(info: str) -> Mapping[str, object]:
    try:
        value = json.loads(base64.b64decode(info.encode("latin-1", "replace"), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}

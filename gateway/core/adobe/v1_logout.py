"""REST API v1's logout as old applications write it. It is read exactly, or refused with the reason.

Facts
-----
* The request is `DELETE /api/v1/logout`, also with `.json` or `.xml`. Parameters are in the query, or in a form (initiate-logout page).
* A parameter is percent-decoded once. A `+` stays a `+`: apps send Base64 without encoding it, and no identifier has blanks.
* The device's information is percent-encoded Base64 in each of its three places (passing-client-information page). A client library may
  have encoded it again. Base64 has no `%`, so a text that still has a `%` is decoded again.
* `requestor` may be missing. v1's signed Authorization, `DELETE requestor_id=REF30, nonce=…`, also names it.
* The requestor becomes a segment of a path, and the other values become header fields. A value that could end the segment or the field
  too early is refused.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from gateway.core.adobe.routes import RoutePattern
from gateway.core.model import Request

ROUTE = RoutePattern.parse("DELETE /api/v1/logout{.json,.xml,}")
SEGMENT = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]+")
"""The unreserved characters of RFC 3986. Such a segment is the same before and after decoding, and is not a dot segment."""
RESERVED = frozenset({"authenticate", "configuration", "decisions", "logout", "profiles", "sessions"})
"""Names that cannot be a service provider in a path: `/api/v2/authenticate/…` is another route."""
USED = frozenset({"requestor", "deviceId", "device_info", "deviceType", "ap_vi", "ast", "format"})
LONGEST_FORM = 1 << 16
"""Largest form that is read, in bytes. device_info is the longest parameter, with a few hundred bytes."""
MOST_PAIRS = 512
DEPRECATED = ("deviceUser", "appId", "generic_data")
"""Parameters of v1 without a place in v2's logout. `generic_data` is only for temporary access."""

_SIGNED = re.compile(r"(?:GET|POST|PUT|DELETE) requestor_id=([^,\s]+)")
_FIELD_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
"""A header field's value that every reader reads alike: visible characters, with blanks only between them."""
_HARDWARE = {"appletv": "SetTopBox", "roku": "TV", "xbox": "GamesConsole", "xbox360": "GamesConsole", "xboxone": "GamesConsole"} | {
    name.lower(): name
    for name in (
        "Camera", "DataCollectionTerminal", "Desktop", "EmbeddedNetworkModule", "eReader", "GamesConsole", "GeolocationTracker",
        "Glasses", "MediaPlayer", "MobilePhone", "PaymentTerminal", "PluginModem", "SetTopBox", "TV", "Tablet", "WirelessHotspot",
        "Wristwatch",
    )
}  # fmt: skip
"""v2's primaryHardwareType for v1's deviceType, without case and blanks (X-Device-Info page). A deviceType without a certain counterpart is
not listed."""


class UnreadableLogout(Struct, frozen=True):
    """The reason why a logout cannot be translated: v1's error code, and a sentence."""

    code: str
    details: str
    is_v1s: bool = False
    """True if only v1 can answer: the logout names no requestor. v2 needs the requestor in its path; v1 does not require it here."""


class Logout(Struct, frozen=True):
    """A v1 logout."""

    requestor: str
    device_id: bytes
    device_info: str
    """Base64; empty if the app sent none."""
    visitor: str
    subject_token: str
    dropped: tuple[str, ...]
    """The parameters without a place in v2. An unknown parameter counts as `unknown`."""


def requestor_of(request: Request) -> str:
    """Return the requestor from the query or the signed Authorization. Empty if neither has one in plain characters."""
    requestor = _named(request)
    return requestor if SEGMENT.fullmatch(requestor) and requestor not in RESERVED else ""


def _named(request: Request) -> str:
    """Return the requestor that the request names, with any characters."""
    named = _values(request).get("requestor", [""])[0]
    signed = _SIGNED.match(request.headers.get("Authorization"))
    return named or (signed[1] if signed else "")


def read_logout(request: Request) -> Logout | UnreadableLogout:  # noqa: PLR0911  # one for each thing
    """Read the logout `request`, or return the reason why it cannot be translated exactly."""
    if not isinstance(request.body, bytes) or len(request.body) > LONGEST_FORM:
        return UnreadableLogout("bad_request", "The body is cut off, or larger than 64 KiB, or than limits.max_body.")
    if max(request.query.count("&"), request.body.count(b"&")) >= MOST_PAIRS:
        return UnreadableLogout("bad_request", f"There are more than {MOST_PAIRS} parameters.")
    values = _values(request)
    for name, given in values.items():
        if name in USED - {"format"} and len(set(given)) > 1:
            return UnreadableLogout(_CODES.get(name, "bad_request"), f"The parameter {name} is repeated.")
    said = {name: given[0] for name, given in values.items()}
    requestor = requestor_of(request)
    if not requestor:
        is_missing = not _named(request)
        found = "The logout names no requestor." if is_missing else "The requestor is not a plain identifier."
        return UnreadableLogout("invalid_requestor", found, is_v1s=is_missing)
    device_id = said.get("deviceId", "").encode("latin-1")
    if not device_id.strip():
        return UnreadableLogout("invalid_device_id", "The parameter deviceId is missing or empty.")
    if any(byte < 0x20 or byte == 0x7F for byte in device_id) or b"${" in device_id:  # noqa: PLR2004  # ASCII's controls
        return UnreadableLogout(
            "invalid_device_id", "The parameter deviceId has a control character, or a variable that was not filled in."
        )
    info = request.headers.get("X-Device-Info") or said.get("device_info", "")
    hardware = _HARDWARE.get(re.sub(r"\s", "", said.get("deviceType", "")).lower(), "")
    info = _percent_decoded(info)
    fields = {
        "device_info": _with_hardware(info, hardware),
        "ap_vi": request.headers.get("AP-Visitor-Identifier") or said.get("ap_vi", ""),
        "ast": request.headers.get("Adobe-Subject-Token") or said.get("ast", ""),
    }
    for name, value in fields.items():
        if value and (not _FIELD_VALUE.fullmatch(value) or "${" in value):
            return UnreadableLogout(
                _CODES.get(name, "bad_request"), f"The value of {name} cannot stand in a header field."
            )
    return Logout(
        requestor=requestor,
        device_id=device_id,
        device_info=fields["device_info"],
        visitor=fields["ap_vi"],
        subject_token=fields["ast"],
        dropped=tuple(_dropped(said, used=fields["device_info"] != info)),
    )


_CODES = {"requestor": "invalid_requestor", "deviceId": "invalid_device_id", "device_info": "invalid_device_info"}
"""v1's codes (enhanced-error-codes page)."""


def _values(request: Request) -> dict[str, list[str]]:
    """Return all values of each parameter, the query's values before the form's. A character stands for a byte."""
    pairs = request.query.split("&", MOST_PAIRS)[:MOST_PAIRS]
    kind = request.headers.get("Content-Type", "application/x-www-form-urlencoded").lower()
    form = request.body if isinstance(request.body, bytes) and len(request.body) <= LONGEST_FORM else b""
    if kind.startswith("application/x-www-form-urlencoded"):
        pairs += form.decode("latin-1").split("&", MOST_PAIRS)[:MOST_PAIRS]
    values: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name:
            values.setdefault(_percent_decoded(name), []).append(_percent_decoded(value))
    return values


def _percent_decoded(text: str) -> str:
    return unquote_to_bytes(text.encode("latin-1")).decode("latin-1") if "%" in text else text


def _with_hardware(info: str, hardware: str) -> str:
    """Return the device information with `primaryHardwareType`, unless it already names its type.

    The member is added at the beginning, and every other byte stays. A text that is not a JSON object is not changed: the
    documentation's own sample is not JSON.
    """
    if not hardware:
        return info
    try:
        text = base64.b64decode(info, validate=True).decode("utf-8") if info else "{}"
        described = json.loads(text)
    except (ValueError, RecursionError):
        return info
    if not isinstance(described, dict) or not described.keys().isdisjoint({"primaryHardwareType", "type"}):
        return info
    before, brace, after = text.partition("{")
    member = f'"primaryHardwareType":"{hardware}"' + ("," if described else "")
    return base64.b64encode(f"{before}{brace}{member}{after}".encode()).decode("ascii")


def _dropped(said: dict[str, str], *, used: bool) -> Iterator[str]:
    """Yield the parameters that are not passed on. `used`: deviceType was passed on."""
    yield from (name for name in DEPRECATED if name in said)
    if "deviceType" in said and not used:
        yield "deviceType"
    if not said.keys() <= USED | set(DEPRECATED):
        yield "unknown"

"""REST API v1's logout as old applications write it, read exactly or refused with the reason.

Facts
-----
* `DELETE /api/v1/logout`, also `.json` and `.xml`; parameters in the query, or in a form (initiate-logout page).
* A parameter is percent-decoded once. A `+` stays one: apps send Base64 without encoding it, and no identifier has blanks.
* The device's information is Base64 and percent-encoded in each of its three places (passing-client-information page), so what
  has a `%` left is decoded; Base64 has none. A client library may have encoded it again.
* `requestor` may be missing: v1's signed Authorization, `DELETE requestor_id=REF30, nonce=…`, names it too.
* The requestor becomes a segment of a path, and the rest header fields. What could end either before its time is refused.
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
"""RFC 3986's unreserved characters: the text of a segment that is the same before and after decoding, and no dot segment."""
RESERVED = frozenset({"authenticate", "configuration", "decisions", "logout", "profiles", "sessions"})
"""Names that mean something else in a service provider's place: `/api/v2/authenticate/…` is another route."""
USED = frozenset({"requestor", "deviceId", "device_info", "deviceType", "ap_vi", "ast", "format"})
LONGEST_FORM = 1 << 16
"""Bytes of a form: device_info is the longest parameter, and has some hundred."""
MOST_PAIRS = 512
DEPRECATED = ("deviceUser", "appId", "generic_data")
"""What v1 allows and v2's logout has no place for; `generic_data` belongs to temporary access alone."""

_SIGNED = re.compile(r"(?:GET|POST|PUT|DELETE) requestor_id=([^,\s]+)")
_FIELD_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
"""A header field's value that is the same for every reader: visible characters, blanks only between them."""
_HARDWARE = {"appletv": "SetTopBox", "roku": "TV", "xbox": "GamesConsole", "xbox360": "GamesConsole", "xboxone": "GamesConsole"} | {
    name.lower(): name
    for name in (
        "Camera", "DataCollectionTerminal", "Desktop", "EmbeddedNetworkModule", "eReader", "GamesConsole", "GeolocationTracker",
        "Glasses", "MediaPlayer", "MobilePhone", "PaymentTerminal", "PluginModem", "SetTopBox", "TV", "Tablet", "WirelessHotspot",
        "Wristwatch",
    )
}  # fmt: skip
"""v1's deviceType, case and blanks aside, as v2's primaryHardwareType (X-Device-Info page): where it is safe, and no further."""


class UnreadableLogout(Struct, frozen=True):
    """Why a logout cannot be translated: v1's error code for it, and a sentence."""

    code: str
    details: str
    is_v1s: bool = False
    """True if v1 alone can answer: no requestor is named, without which v2 has no path; v1 does not insist on it here."""


class Logout(Struct, frozen=True):
    """A v1 logout."""

    requestor: str
    device_id: bytes
    device_info: str
    """Base64; empty if the app sent none."""
    visitor: str
    subject_token: str
    dropped: tuple[str, ...]
    """The parameters that v2 has no place for; one whose name we do not know is counted as `unknown`."""


def requestor_of(request: Request) -> str:
    """Return whose application asks, by the query or the signed Authorization; empty if neither says so in plain characters."""
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
            return UnreadableLogout(_CODES.get(name, "bad_request"), f"The parameter {name} is there more than once.")
    said = {name: given[0] for name, given in values.items()}
    requestor = requestor_of(request)
    if not requestor:
        is_missing = not _named(request)
        found = "The logout names no requestor." if is_missing else "The requestor is no plain identifier."
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
    """Return every value of each parameter, the query's before the form's, one character for each byte."""
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
    """Return the device information with `primaryHardwareType`, where it does not say already what the device is.

    The member is put in front and every other byte stays. What is no JSON object stays as it is: the documentation's own
    sample is none.
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
    """Yield the parts that are not passed on; `used` says whether deviceType was."""
    yield from (name for name in DEPRECATED if name in said)
    if "deviceType" in said and not used:
        yield "deviceType"
    if not said.keys() <= USED | set(DEPRECATED):
        yield "unknown"

"""Cassettes to audit: a small fleet of devices with the mistakes that teams make, recorded as the gateway records."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from gateway.auditing.recorded import audit
from gateway.cassettes.format import HEAD, dump
from gateway.core.model import Headers, Interaction, Request, Response, Severity
from gateway.core.redaction import Redaction
from gateway.reports.model import Result

ORIGIN = "https://api.auth.adobe.com"
START = datetime(2026, 11, 21, 22, 17, 5, 120_000, UTC)
REDACTION = Redaction(bytes(range(32)))

ROKU = {"model": "Ultra 4850X", "version": "4850X", "manufacturer": "Roku", "osName": "Roku OS", "osVersion": "14.5", "connectionType": "WiFi"}  # fmt: skip
FIRE_TV = {"model": "AFTKRT", "version": "2", "manufacturer": "Amazon", "osName": "Android", "osVersion": "9", "connectionType": "WiFi", "type": "TV"}  # fmt: skip
SAMSUNG = {"model": "QN90B", "manufacturer": "Samsung", "osName": "Tizen"}


def token(subject: str = "c4fc3e7e-12d9-495d-b742-6aeac8a490e7", *, ends_in: float = 3600, **claims: object) -> str:
    """Return an access token that was valid when the fleet was recorded."""
    at = int(START.timestamp())
    payload = {
        "sub": subject, "nbf": at - 9, "iss": "auth.adobe.com", "scopes": "api:client:v2", "exp": at + int(ends_in), "iat": at - 9,
        **claims,
    }  # fmt: skip
    parts = (_b64(json.dumps(part).encode()) for part in ({"alg": "RS256"}, payload))
    return f"{'.'.join(parts)}.{_b64(bytes(range(64)))}"


def device_info(info: Mapping[str, str]) -> str:
    """Return an X-Device-Info."""
    return base64.b64encode(json.dumps(info).encode()).decode()


def identifier(name: str) -> str:
    """Return an AP-Device-Identifier."""
    return f"fingerprint {base64.b64encode(name.encode()).decode()}"


def call(
    mvpd: str = "Cablevision", query: str = "?redirectUrl=https%3A%2F%2Fexample.com%2Fbye", **headers: str
) -> Request:
    """Return a logout; a header's name has `_` for `-`, and an empty value leaves it out."""
    fields = {
        "Authorization": f"Bearer {token()}",
        "AP-Device-Identifier": identifier("ba23d141-d715-561c-94f4-e9e4c966b1eb"),
        "X-Device-Info": device_info(ROKU),
        "Accept": "application/json",
        "User-Agent": "Roku/DVP-14.5 (14.5.4.5934-46)",
        "X-Forwarded-For": "93.184.216.34",
    }
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    names = {name.lower(): name for name in fields}
    for name, value in given.items():
        fields[names.get(name.lower(), name)] = value
    pairs = [(name, value) for name, value in fields.items() if value]
    return Request("GET", f"/api/v2/REF30/logout/{mvpd}{query}", Headers.of(pairs))


def answer(
    mvpd: str = "Cablevision", action: str = "complete", kind: str = "none", url: str = "", **more: object
) -> Response:
    """Return the answer to a logout."""
    entry = {"actionName": action, "actionType": kind, "mvpd": mvpd, **({"url": url} if url else {}), **more}
    body = json.dumps({"logouts": {mvpd: entry}}).encode()
    return Response(200, "OK", Headers.of({"Content-Type": "application/json"}), body, "upstream")


def html_answer(status: int) -> Response:
    """Return what the edge answers."""
    return Response(
        status, "Too Many Requests", Headers.of({"Content-Type": "text/html"}), b"<html>no</html>", "upstream"
    )


def recorded(
    request: Request, response: Response | None = None, *, seconds: float = 0, about: Mapping[str, object] | None = None,
    redaction: Redaction = REDACTION,
) -> Interaction:  # fmt: skip
    """Return what a cassette holds of a call that was made some seconds after the start."""
    at = (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return redaction.interaction(
        request,
        response or answer(),
        origin=ORIGIN,
        recorded_at=at,
        about={
            "id": f"01J{seconds}",
            "recorded_with": "0.1.0",
            "device": "6f1d2c3b4a59",
            "findings": [],
            **(about or {}),
        },
    )


def fleet() -> list[Interaction]:
    """Return the calls of five devices."""
    tv = {"X_Device_Info": device_info(FIRE_TV), "User_Agent": "Dalvik/2.1.0 (Linux; U; Android 9; AFTKRT)", "X_Forwarded_For": "81.2.69.160"}  # fmt: skip
    samsung = {"X_Device_Info": device_info(SAMSUNG), "User_Agent": "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.5)", "X_Forwarded_For": "81.2.69.142"}  # fmt: skip
    fire, tizen = identifier("fire-tv-device-identifier-0001"), identifier("samsung-device-identifier-0001")
    xff = {"id": "XFF002", "severity": "error", "where": "header X-Forwarded-For", "found": "a private address", "expected": "a public address"}  # fmt: skip
    return [
        recorded(call()),
        recorded(call("Dish"), answer("Dish"), seconds=40),
        recorded(call(Authorization=f"Bearer {token(ends_in=-7200)}", AP_Device_Identifier=fire, **tv), seconds=60),
        recorded(
            call("Spectrum", Authorization=f"Bearer {token(scopes='api:client:v1')}", AP_Device_Identifier=fire, **tv),
            answer("Spectrum", "logout", "interactive"),
            seconds=65,
            about={"findings": [xff]},
        ),
        recorded(call(query="", AP_Device_Identifier=fire, Accept="*/*", **tv), html_answer(429), seconds=66),
        recorded(
            call(query="", AP_Device_Identifier=fire, **tv), answer("Cablevision", "logout", "none"), seconds=66.2
        ),
        recorded(call("${mvpd}", AP_Device_Identifier=tizen, Authorization="", **samsung), seconds=90),
        recorded(
            call(
                "Dish",
                query="?redirectUrl=http://example.com&reason=user",
                AP_Device_Identifier=tizen,
                AP_TempPass_Identity="eyJlbWFpbCI6Im1lIn0=",
                **samsung,
            ),
            answer("Dish"),
            seconds=95,
        ),
        recorded(
            call(AP_Device_Identifier="", X_Device_Info="", User_Agent="python-requests/2.32", X_Forwarded_For=""),
            seconds=100,
        ),
        recorded(
            replace(
                call(X_Device_Info=device_info(SAMSUNG), AP_Device_Identifier=identifier("browser-identifier-000001")),
                method="DELETE",
            ),
            seconds=120,
        ),
    ]


def write(path: Path, interactions: list[Interaction]) -> Path:
    """Write a cassette of our form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(HEAD + b"".join(dump(interaction) for interaction in interactions))
    return path


def audited(folder: Path, *interactions: Interaction, fail_on: Severity | None = "error") -> Result:
    """Return the audit of a cassette that holds these calls, those of the fleet by default."""
    path = write(folder / "cassettes" / "logout.yaml", list(interactions) or fleet())
    return audit([path], redaction=REDACTION, fail_on=fail_on)


def hostile() -> Interaction:
    """Return a call whose every part wants to be something else than text."""
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\x85"
    finding = {"id": f"EVIL{evil}", "severity": "error", "where": f"header {evil}", "found": f"{evil}\u202e\ufffe|`*", "expected": evil}  # fmt: skip
    request = call("<b><script>alert(1)</script>", User_Agent=evil, X_Evil=evil, Accept=evil)
    return recorded(request, answer(**{evil: evil}), about={"findings": [finding, 7, {"id": 3}], "device": evil})


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

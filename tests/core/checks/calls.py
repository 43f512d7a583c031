"""A call that nothing is wrong with, the small changes that tests make to it, and what a check says of the last of several."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Sequence

from msgspec.structs import replace

from gateway.core.audit import Audit, Check, Judged
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction

AT = 1_700_000_000.0
SUBJECT = "c4fc3e7e-12d9-495d-b742-6aeac8a490e7"
DEVICE = "ba23d141-d715-561c-94f4-e9e4c966b1eb"
LOGOUT = "/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fexample.com%2Fbye"
V1_LOGOUT = f"/api/v1/logout?requestor=REF30&deviceId={DEVICE}"
PROFILES = "/api/v2/REF30/profiles"
CODE = "/api/v2/REF30/profiles/code/ABC123"
AUTHORIZE = "/api/v2/REF30/decisions/authorize/Cablevision"
MEMBERS = {"model": "TV 5th Gen", "version": "5,3", "osName": "tvOS", "osVersion": "11.0", "connectionType": "WiFi"}
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
KEY = b"a key that tests use, of 32 byte"


def b64(data: str | bytes) -> str:
    """Write standard Base64."""
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def jwt(algorithm: str = "RS256", **claims: object) -> str:
    """Write a JWT; its signature is nobody's."""
    known = {
        "sub": SUBJECT,
        "iss": "auth.adobe.com",
        "scopes": "api:client:v2",
        "exp": 2_000_000_000,
        "nbf": 1_600_000_000,
    }
    payload = {name: value for name, value in {**known, **claims}.items() if value is not None}
    parts = (json.dumps({"alg": algorithm}).encode(), json.dumps(payload).encode(), b"signature of nobody")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def bearer(**claims: object) -> str:
    """Write an Authorization."""
    return f"Bearer {jwt(**claims)}"  # type: ignore[arg-type]  # a claim is no algorithm


def fingerprint(identifier: str | bytes) -> str:
    """Write an AP-Device-Identifier."""
    return f"fingerprint {b64(identifier)}"


def info(**changes: object) -> str:
    """Write an X-Device-Info; None takes a member away."""
    return b64(json.dumps({name: value for name, value in {**MEMBERS, **changes}.items() if value is not None}))


GOOD = {
    "Authorization": bearer(),
    "AP-Device-Identifier": fingerprint(DEVICE),
    "X-Device-Info": info(),
    "X-Forwarded-For": "93.184.216.34",
    "Accept": "application/json",
}


def call(
    target: str = LOGOUT,
    method: str = "GET",
    *,
    at: float | None = AT,
    inbound: bool = False,
    ours: bool = True,
    origin: str = "",
    client: str = "",
    device: str = "",
    body: bytes = b"",
    answer: Response | None = None,
    more: Sequence[tuple[str, str]] = (),
    **headers: str | None,
) -> Judged:
    """Make a call; a header by its name with underscores, None takes it away, and `more` stands behind the others."""
    fields: dict[str, str | None] = dict(GOOD)
    names = {name.lower().replace("-", "_"): name for name in fields}
    for name, value in headers.items():
        fields[names.get(name, name.replace("_", "-"))] = value
    pairs = [(name, value) for name, value in fields.items() if value is not None]
    request = Request(method, target, Headers.of([*pairs, *more]), body)
    return Judged(request, answer, client=client, device=device, at=at, inbound=inbound, ours=ours, origin=origin)


def old(target: str = V1_LOGOUT, method: str = "DELETE", **changes: object) -> Judged:
    """Make a call of v1."""
    given = {
        "ap_device_identifier": None,
        "x_device_info": info().replace("=", "%3D").replace("+", "%2B").replace("/", "%2F"),
    }
    return call(target, method, **{**given, **changes})  # type: ignore[arg-type]  # as `call` has them


def answer(
    body: object = b"", status: int = 200, content_type: str = "application/json;charset=UTF-8", **headers: str
) -> Response:
    """Make an answer; what is not bytes is written as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Response(status, "", Headers.of({name: value for name, value in fields.items() if value}), data, "upstream")


def logouts(key: str = "Cablevision", **entry: object) -> Judged:
    """Make a logout with an answer of one entry; None takes a member away."""
    known = {"actionName": "complete", "actionType": "none", "mvpd": "Cablevision"}
    members = {name: value for name, value in {**known, **entry}.items() if value is not None}
    return call(answer=answer({"logouts": {key: members}}))


class Unread:
    """A body that goes through without being read."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""

    async def aclose(self) -> None:
        """There is nothing to close."""


def unread(judged: Judged) -> Judged:
    """Make of a call one whose body is a stream."""
    headers = judged.request.headers.with_("Transfer-Encoding", "chunked")
    return replace(judged, request=replace(judged.request, headers=headers, body=Unread()))


def redacted(judged: Judged) -> Judged:
    """Make of a call what a cassette keeps of it."""
    request, response = Redaction(KEY).redacted(judged.request, judged.response or Response(0))
    return replace(judged, request=request, response=response if judged.response else None, inbound=False)


def severities(check: Check, exchanges: Judged | Sequence[Judged]) -> list[str]:
    """Return how bad is what a check says of the last exchange."""
    audit = Audit((check,))
    slices: dict[str, object] = {}
    found: list[str] = []
    for judged in [exchanges] if isinstance(exchanges, Judged) else exchanges:
        verdict = audit(judged, slices)
        slices |= dict(verdict.slices)
        found = [finding.severity for finding in verdict.findings]
    return found


def said(check: Check, exchanges: Judged | Sequence[Judged]) -> list[str]:
    """Return what a check says of the last exchange; of the others it may remember something."""
    audit = Audit((check,))
    slices: dict[str, object] = {}
    says: list[str] = []
    for judged in [exchanges] if isinstance(exchanges, Judged) else exchanges:
        verdict = audit(judged, slices)
        assert verdict.defects == ()
        slices |= dict(verdict.slices)
        says = [finding.found for finding in verdict.findings]
        says += [f"not judged: {note.reason}" for note in verdict.not_judged]
    return says

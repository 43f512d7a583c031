"""An exchange of another gateway, as its redacted entry in the fleet's stream tells it: for page, API and reports."""

from __future__ import annotations

import msgspec

from gateway.core.device import Device
from gateway.core.model import Exchange, Finding, Headers, Leg, Request, Response, Severity, Source
from gateway.core.times import seconds_of


class _Finding(msgspec.Struct, frozen=True):
    id: str
    severity: Severity
    where: str
    found: str
    expected: str
    source: str = ""


class _Entry(msgspec.Struct, frozen=True):
    at: str
    id: str
    method: str
    target: str
    status: int
    headers: list[tuple[str, str]] = []
    device: str = ""
    source: Source = "gateway"
    upstream: str = ""
    ms: float = 0.0
    reason: str = ""
    response_headers: list[tuple[str, str]] = []
    findings: list[_Finding] = []
    body: str | dict[str, str] = ""
    response_body: str | dict[str, str] = ""


_decoder = msgspec.json.Decoder(_Entry)


def exchange_of(entry: bytes, gateway: str) -> Exchange:
    """Return the exchange; a ValueError says that an entry is none."""
    said = _decoder.decode(entry)
    at = seconds_of(said.at)
    if at is None:
        message = "no time"
        raise ValueError(message)
    request = Request(
        said.method,
        said.target,
        Headers.of(said.headers),
        _bytes(said.body),
        device=Device(said.device, f"{gateway} {said.device}"),
        upstream=said.upstream,
        id=said.id,
    )
    reply = Response(
        said.status, said.reason, Headers.of(said.response_headers), _bytes(said.response_body), said.source
    )
    findings = tuple(
        Finding(one.id, one.severity, one.where, one.found, one.expected, one.source) for one in said.findings
    )
    return Exchange(said.id, request, (Leg(request, reply, said.ms),), reply, said.ms, findings, at, gateway)


def _bytes(body: str | dict[str, str]) -> bytes:
    return body.encode() if isinstance(body, str) else b""

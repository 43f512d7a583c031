"""An exchange of another gateway, for page, API and reports. It is made from its redacted entry in the fleet's stream."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gateway.cassettes.errors import CassetteError
from gateway.cassettes.findings import parse_findings
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


class _About(msgspec.Struct, frozen=True):
    id: str
    device: str = ""
    source: Source = "gateway"
    upstream: str = ""
    ms: float = 0.0
    reason: str = ""
    response_headers: list[tuple[str, str]] = []
    findings: list[_Finding] = []


def exchange_of(entry: bytes, gateway: str) -> Exchange:
    """Return the exchange, without bodies. ValueError for an invalid entry."""
    try:
        (call,) = parse_findings(Path(gateway), entry.rstrip(b"\n") + b"\n").interactions
    except CassetteError as error:
        raise ValueError(str(error)) from error
    said, at = msgspec.convert(dict(call.about), _About), seconds_of(call.recorded_at)
    if at is None:
        message = "no time"
        raise ValueError(message)
    asked = call.request
    device = Device(said.device, f"{gateway} {said.device}")
    request = Request(asked.method, asked.target, asked.headers, device=device, upstream=said.upstream, id=said.id)
    reply = Response(call.response.status, said.reason, Headers.of(said.response_headers), source=said.source)
    findings = tuple(
        Finding(one.id, one.severity, one.where, one.found, one.expected, one.source) for one in said.findings
    )
    return Exchange(said.id, request, (Leg(request, reply, said.ms),), reply, said.ms, findings, at, gateway)

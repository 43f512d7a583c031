"""Exchanges as a worker sends them to its supervisor. They are unredacted, and go only from memory to memory."""

from __future__ import annotations

from msgspec import Struct

from gateway.core.damage import Damage
from gateway.core.device import Device
from gateway.core.model import Body, Exchange, Finding, Headers, Leg, Request, Response, Source
from gateway.exchanges.not_kept import PASSED, PassedBody

LONGEST_BODY = 1 << 20
"""The longest body that is carried, in bytes. A longer body is left out: no page shows that much."""


class CarriedRequest(Struct, frozen=True, array_like=True):
    """A request, without anything that belongs to its connection."""

    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    body: bytes | None
    """None: the body was not kept."""
    client: str
    device: Device
    upstream: str
    id: str
    rewritten_from: str
    may_be_missing: bool
    raw_target: str
    findings: tuple[Finding, ...]
    audited: str


class CarriedResponse(Struct, frozen=True, array_like=True):
    """A response."""

    status: int
    reason: str
    headers: list[tuple[bytes, bytes]]
    body: bytes | None
    source: Source
    notes: tuple[Finding, ...]
    damage: Damage | None


class CarriedExchange(Struct, frozen=True, array_like=True):
    """An exchange."""

    id: str
    received: CarriedRequest
    legs: list[tuple[CarriedRequest, CarriedResponse, float]]
    reply: CarriedResponse
    elapsed_ms: float
    findings: tuple[Finding, ...]
    at: float
    is_cut: bool

    @property
    def size(self) -> int:
        """The approximate size of the exchange in bytes."""
        messages = [self.received, self.reply, *(part for leg in self.legs for part in leg[:2])]
        return sum(500 + len(one.body or b"") + sum(len(n) + len(v) for n, v in one.headers) for one in messages)


def carried(exchange: Exchange) -> CarriedExchange:
    """Return the form in which an exchange is sent."""
    return CarriedExchange(
        exchange.id,
        _request(exchange.received),
        [(_request(leg.request), _response(leg.response), leg.elapsed_ms) for leg in exchange.legs],
        _response(exchange.reply),
        exchange.elapsed_ms,
        exchange.findings,
        exchange.at,
        exchange.is_cut,
    )


def arrived(exchange: CarriedExchange) -> Exchange:
    """Return the exchange of a form that was received."""
    return Exchange(
        exchange.id,
        _request_of(exchange.received),
        tuple(Leg(_request_of(sent), _response_of(answer), ms) for sent, answer, ms in exchange.legs),
        _response_of(exchange.reply),
        exchange.elapsed_ms,
        exchange.findings,
        exchange.at,
        is_cut=exchange.is_cut,
    )


def _request(request: Request) -> CarriedRequest:
    return CarriedRequest(
        request.method,
        request.target,
        list(request.headers.raw),
        _body(request.body),
        request.client,
        request.device,
        request.upstream,
        request.id,
        request.rewritten_from,
        request.may_be_missing,
        request.raw_target,
        request.findings,
        request.audited,
    )


def _response(response: Response) -> CarriedResponse:
    return CarriedResponse(
        response.status,
        response.reason,
        list(response.headers.raw),
        _body(response.body),
        response.source,
        response.notes,
        response.damage,
    )


def _request_of(carried: CarriedRequest) -> Request:
    return Request(
        method=carried.method,
        target=carried.target,
        headers=Headers(tuple(carried.headers)),
        body=PASSED if carried.body is None else carried.body,
        client=carried.client,
        device=carried.device,
        upstream=carried.upstream,
        id=carried.id,
        rewritten_from=carried.rewritten_from,
        may_be_missing=carried.may_be_missing,
        raw_target=carried.raw_target,
        findings=carried.findings,
        audited=carried.audited,
    )


def _response_of(carried: CarriedResponse) -> Response:
    return Response(
        carried.status,
        carried.reason,
        Headers(tuple(carried.headers)),
        PASSED if carried.body is None else carried.body,
        carried.source,
        carried.notes,
        carried.damage,
    )


def _body(body: Body) -> bytes | None:
    if not isinstance(body, bytes) or isinstance(body, PassedBody) or len(body) > LONGEST_BODY:
        return None
    return body

"""The labels of an exchange. Each has few values, for any traffic of a client. No label names a device."""

from __future__ import annotations

from gateway.core.adobe.routes import HTTP_METHODS, OTHER, template_of
from gateway.core.model import Exchange, Leg
from gateway.exchanges.logged import SENT, failure_of

STATUSES = frozenset(map(str, range(100, 600)))
UNDERSTOOD = frozenset(HTTP_METHODS)


def route_of(exchange: Exchange) -> str:
    """Return the template of the route that an exchange is on, or `other`."""
    return template_of(exchange.received.method, exchange.received.path)


def method_of(method: str) -> str:
    """Return a method of HTTP, or `other`."""
    return method if method in UNDERSTOOD else OTHER


def status_of(status: int) -> str:
    """Return a status of HTTP, or `other`. An upstream may answer with any three digits."""
    return text if (text := str(status)) in STATUSES else OTHER


def asked_upstreams(exchange: Exchange) -> list[Leg]:
    """Return the legs that went to an upstream, or to an emulator."""
    return [leg for leg in exchange.legs if leg.response.source in SENT]


def upstream_of(exchange: Exchange) -> str:
    """Return the name of the upstream that got the request; empty without one. The configuration names all upstreams."""
    return exchange.received.upstream if asked_upstreams(exchange) else ""


def error_of(exchange: Exchange) -> str:
    """Return the code of the gateway's own error, such as `gateway_replay_miss`; empty for any other answer."""
    if exchange.reply.source != "gateway" and all(leg.response.source != "gateway" for leg in exchange.legs):
        return ""
    failure = failure_of(exchange)
    return failure.code if failure is not None else ""

"""The parts of an exchange that a journal does not keep: streams, and the long parts of exchanges that are cut.

Facts
-----
* A cut exchange has no long header fields and no long bodies, and of a long target only the beginning. All other values stay.
* A value is left out as a whole, never in part: redaction might not recognise a part of a secret. So a target is cut between two
  segments of its path, or between two parameters of its query.
* Redaction reads a body by its fields, such as Content-Encoding. So without all of its fields, a body is left out, too.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from gateway.core.model import Exchange, Headers, Leg, Request, Response

M = TypeVar("M", Request, Response)

LONG = 1024
"""A longer target, body or identifier of a device is long. In bytes, or in characters of a target."""
FIELDS = 2048
"""Largest size of all header fields of a cut message, in bytes. A field that does not fit is left out."""
REST = "..."
"""The end of a target that was cut."""


class PassedBody(bytes):
    """Stands for a body that was not kept; it is empty."""

    __slots__ = ()


PASSED = PassedBody()


def without_streams(exchange: Exchange) -> Exchange:
    """Return an exchange without its streams: a stream can be read only once, and the app reads it."""
    legs = [replace(leg, request=_still(leg.request), response=_still(leg.response)) for leg in exchange.legs]
    return replace(exchange, received=_still(exchange.received), reply=_still(exchange.reply), legs=tuple(legs))


def cut(exchange: Exchange) -> Exchange:
    """Return an exchange without its long parts, and marked as cut. Without long parts, it is returned as it is."""
    legs = tuple([Leg(_cut_request(leg.request), _cut(leg.response), leg.elapsed_ms) for leg in exchange.legs])
    short = replace(exchange, received=_cut_request(exchange.received), reply=_cut(exchange.reply), legs=legs)
    return exchange if short == exchange else replace(short, is_cut=True)


def _still(part: M) -> M:
    return part if isinstance(part.body, bytes) else replace(part, body=PASSED)


def _cut_request(request: Request) -> Request:
    device = request.device
    if len(device.identifier) > LONG:
        device = replace(device, identifier="")
    return replace(
        _cut(request),
        target=_target(request.target),
        raw_target=_target(request.raw_target),
        rewritten_from=_target(request.rewritten_from),
        device=device,
        memo=None,
    )


def _cut(part: M) -> M:
    headers = _fields(part.headers)
    most = LONG if headers is part.headers else 0
    is_kept = isinstance(part.body, bytes) and len(part.body) <= most
    return replace(part, headers=headers, body=part.body if is_kept else PASSED)


def _target(target: str) -> str:
    """Return a target, or its beginning and `REST`."""
    if len(target) <= LONG:
        return target
    path, mark, query = target[:LONG].partition("?")
    kept = f"{path}?{query[: query.rfind('&') + 1]}" if mark else path[: path.rfind("/") + 1]
    return kept + REST


def _fields(headers: Headers) -> Headers:
    """Return the fields that fit into `FIELDS`, in order."""
    kept, left = [], FIELDS
    for field in headers.raw:
        size = len(field[0]) + len(field[1])
        if size <= left:
            kept.append(field)
            left -= size
    return headers if len(kept) == len(headers) else Headers(tuple(kept))

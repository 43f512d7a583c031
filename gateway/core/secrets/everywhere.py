"""Every text of a leg, for functions that treat all texts alike."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from gateway.core.model import Body, Headers, Request, Response
from gateway.core.secrets.wire import changed_bytes, changed_latin


def everywhere(request: Request, response: Response, change: Callable[[str], str]) -> tuple[Request, Response]:
    """Apply `change` to the target, the reason, header names and values and both bodies. An unchanged part keeps its bytes."""

    def headers(fields: Headers) -> Headers:
        return Headers(tuple((changed_bytes(name, change), changed_bytes(value, change)) for name, value in fields.raw))

    def body(content: Body) -> Body:
        return changed_bytes(content, change) if isinstance(content, bytes) else content

    return (
        replace(
            request,
            target=changed_latin(request.target, change),
            headers=headers(request.headers),
            body=body(request.body),
        ),
        replace(
            response,
            reason=changed_latin(response.reason, change),
            headers=headers(response.headers),
            body=body(response.body),
        ),
    )

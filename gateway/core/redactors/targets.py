"""The request target: parameters, codes in the path, and the URLs inside parameters."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.core.model import Request, Response
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.values import redact_url
from gateway.core.secrets.wire import changed_latin


def redact_target(request: Request, response: Response, scrub: Scrub) -> tuple[Request, Response]:
    """Redact path and query. Other parts keep their spelling and their place."""
    return replace(
        request,
        target=changed_latin(
            request.target, lambda text: scrub.once("target", text, lambda target: redact_url(target, scrub))
        ),
    ), response

"""The request target: parameters, codes in the path, and the URLs inside parameters."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.core.model import Request, Response
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.urls import redact_url
from gateway.core.secrets.wire import changed_latin


def redact_target(request: Request, response: Response, scrub: Scrub) -> tuple[Request, Response]:
    """Redact path and query. Other parts keep their spelling and their place."""
    return replace(request, target=redact_target_text(request.target, scrub)), response


def redact_target_text(target: str, scrub: Scrub) -> str:
    """Redact a request target, path and query."""
    return changed_latin(target, lambda text: scrub.once("target", text, lambda url: redact_url(url, scrub)))

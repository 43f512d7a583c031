"""Bodies: JSON by its members, XML by its elements and attributes, anything else as a form, and tokens in any text."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.core.model import Body, Request, Response
from gateway.core.secrets.markup import redact_markup
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.values import redact_json, redact_parameters
from gateway.core.secrets.wire import changed_bytes


def redact_bodies(request: Request, response: Response, scrub: Scrub) -> tuple[Request, Response]:
    """Redact both bodies, which are whole and decoded; one that needs no change keeps its bytes."""
    return (
        replace(request, body=_body(request.body, scrub)),
        replace(response, body=_body(response.body, scrub)),
    )


def _body(body: Body, scrub: Scrub) -> Body:
    if not isinstance(body, bytes) or not body:
        return body
    return changed_bytes(body, lambda text: scrub.once("body", text, lambda plain: redact_text(plain, scrub)))


def redact_text(text: str, scrub: Scrub) -> str:
    """Redact a text by what it looks like: a Content-Type is often missing or wrong."""
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start in {"{", "["}:
        return redact_json(text, scrub)
    if start == "<":
        return redact_markup(text, scrub)
    if '"' in text:  # JSON behind a prefix, as JSONP has it
        text = redact_json(text, scrub)
    return redact_parameters(text, scrub)

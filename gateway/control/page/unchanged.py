"""A part of the page that asks again and again is sent once more only where something has changed."""

from __future__ import annotations

from urllib.parse import parse_qs

from gateway.control.page.rendering import part_of
from gateway.control.routes import ApiCall
from gateway.core.model import Response


def unchanged(asked: ApiCall, count: int) -> Response | None:
    """Return a 204, which replaces nothing, where a part has seen all `count` exchanges that there were; else None."""
    seen = parse_qs(asked.request.query).get("seen", [""])[0]
    return Response(204, "No Content") if part_of(asked.request) and seen == str(count) else None

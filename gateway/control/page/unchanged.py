"""Parts of the page that ask at intervals get new HTML only after a change."""

from __future__ import annotations

from urllib.parse import parse_qs

from gateway.control.page.rendering import part_of
from gateway.control.routes import ApiCall
from gateway.core.model import Response


def unchanged(asked: ApiCall, count: int) -> Response | None:
    """Return a 204, which replaces nothing, if a part of the page has seen all `count` exchanges; otherwise None."""
    seen = parse_qs(asked.request.query).get("seen", [""])[0]
    return Response(204, "No Content") if part_of(asked.request) and seen == str(count) else None

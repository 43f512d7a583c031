"""The files that the page consists of besides its HTML. They say nothing of the gateway, so they need no token.

Facts
-----
* htmx.min.js is htmx 2.0.11 as npm's `htmx.org` has it, under the licence beside it: it replaces parts of a page by what a link, a
  form or a button asks for. Its settings, in `base.html`, forbid what our policy would refuse.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from gateway.control.errors import ControlError
from gateway.control.routes import ApiCall, Endpoint
from gateway.core.model import Headers, Response

FOLDER = Path(__file__).parent.parent / "assets"
MEDIA = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


async def file(asked: ApiCall) -> Response:
    """Return one of the files."""
    name = asked.path["file"]
    if name not in MEDIA:
        raise ControlError(404, "not_found", "There is nothing at this path.")
    body = _content(name)
    fields = [("Content-Type", MEDIA[name]), ("Content-Length", str(len(body)))]
    return Response(200, "OK", Headers.of(fields), body)


@cache
def _content(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


ENDPOINTS = (Endpoint("GET", "/assets/{file}", file, media="*/*", public=True),)

"""The page's files besides its HTML. They say nothing about the gateway, so they need no token.

Facts
-----
* htmx.min.js is htmx 2.0.11 from npm's `htmx.org`, under the licence beside it. It replaces a part of the page with the answer to a
  link, a form or a button. Its settings, in `base.html`, switch off everything that our content security policy forbids.
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

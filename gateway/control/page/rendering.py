"""Makes HTML of the page's templates, in a thread. Every text is escaped.

Facts
-----
* The content security policy of the listener (CSP 3) allows only the styles and scripts of `assets/`. So no template has an attribute
  `style` or `on…`.
* A request of htmx has in `HX-Target` the id of the element to replace. Then the answer is only the HTML for this element.
"""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from msgspec.structs import replace

from gateway.control.errors import ControlError
from gateway.control.routes import ApiCall, Endpoint
from gateway.core.errors import REASONS
from gateway.core.mistake import Mistake
from gateway.core.model import Headers, Request, Response
from gateway.core.severity import GLYPHS, SEVERITIES
from gateway.core.wording import many
from gateway.templating import environment

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent.parent / "templates"
HTTP_CONFLICT = 409
VIEWS: Mapping[str, str] = {
    "/": "Exchanges",
    "/findings": "Findings",
    "/devices": "Devices",
    "/cassettes": "Cassettes",
    "/steering": "Steering",
}
"""The views, in the order of the navigation."""


def part_of(request: Request) -> str:
    """Return the id of the element to replace; empty for the whole page."""
    return request.headers.get("HX-Target") if request.headers.get("HX-Request") == "true" else ""


async def page(asked: ApiCall, template: str, **values: object) -> Response:
    """Return a template as HTML: within the page, or alone if it replaces a part of the page."""
    setting, controlled = asked.gateway.setting, asked.controlled
    given = {
        "layout": "fragment.html" if part_of(asked.request) else "base.html",
        "setting": setting,
        "complaints": controlled.health.complaints,
        "gateways": [*controlled.gateways()],
        "version": controlled.version,
        "gateway_url": asked.gateway.url,
        "here": asked.request.path,
        **values,
    }
    return html(await to_thread(render, template, **given))


def html(text: str, status: int = 200) -> Response:
    """Return an answer of HTML."""
    body = text.encode("utf-8", "replace")
    fields = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    return Response(status, REASONS.get(status, "OK"), Headers.of(fields), body)


def render(template: str, **values: object) -> str:
    """Return a template's text."""
    return _environment().get_template(template).render(**values)


def view(path: str, do: Callable[[ApiCall], Awaitable[Response]]) -> Endpoint:
    """Return the endpoint of a view. The page shows errors, and a person who is not logged in gets the login page."""

    async def shown(asked: ApiCall) -> Response:
        try:
            return await do(asked)
        except (ControlError, Mistake) as error:
            status = error.status if isinstance(error, ControlError) else HTTP_CONFLICT
            said = await page(asked, "problem.html", problem=str(error))
            return replace(said, status=status, reason=REASONS.get(status, ""))

    return Endpoint("GET", path, shown, media="text/html", sign_in=sign_in)


def sign_in() -> Response:
    """Return the login page. It says nothing about the gateway."""
    return html(render("sign_in.html"), 401)


def clock(at: str) -> str:
    """Return the time of day of an RFC 3339 time, in the gateway's time zone."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%H:%M:%S.%f")[:-3]
    except ValueError:
        return at


def day(at: str) -> str:
    """Return the date, hour and minute of an RFC 3339 time, in the gateway's time zone."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return at


def segment(text: str) -> str:
    """Return a text as one segment of a path."""
    return quote(text, safe="")


@cache
def _environment() -> jinja2.Environment:
    made = environment(TEMPLATES, glyphs=GLYPHS, severities=SEVERITIES, views=VIEWS, many=many)
    made.filters.update(clock=clock, day=day, segment=segment, query=urlencode)
    return made

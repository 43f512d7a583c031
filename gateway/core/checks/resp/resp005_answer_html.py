"""The API answers JSON. A page of HTML comes from a server on the way, and an application cannot parse it.

A 429 is HTML by design (THR001). The browser's own routes answer HTML, too.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP005",
    severity="warning",
    title="HTML instead of JSON",
    page=pages.ERRORS,
    fix="Look at the Content-Type before parsing, and find the server between the application and Adobe that answers.",
).answer
def answer_html(route: Route | None, answer: Answer) -> Said:
    """Look at the media type, and at how the body begins."""
    if route and not route.browser and answer.is_html and answer.status != 429:  # noqa: PLR2004  # Too Many Requests
        yield Noticed("body", f"HTML with status {answer.status}", "JSON")

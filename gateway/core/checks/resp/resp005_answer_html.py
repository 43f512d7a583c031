"""The API answers JSON; a page of HTML comes from something on the way, and an application that parses it breaks.

A 429 is HTML by design, THR001. So are the browser's own routes.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP005",
    severity="warning",
    title="HTML where JSON was due",
    page=pages.ERRORS,
    fix="Look at the Content-Type before parsing, and at what stands between the application and Adobe.",
).answer
def answer_html(route: Route | None, answer: Answer) -> Said:
    """Look at the media type, and at how the body begins."""
    if route and not route.browser and answer.is_html and answer.status != 429:  # noqa: PLR2004  # Too Many Requests
        yield Noticed("body", f"HTML with status {answer.status}", "JSON")

"""If an answer that should be JSON is not JSON, no application can use it, whatever its status is.

The documentation's sample of a degraded logout has a comma too many, and a dozen other samples are not JSON either.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.malformed import Malformed
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP006",
    severity="warning",
    title="The answer is not JSON",
    page=pages.LOGOUT,
    fix="Tell Adobe the time of the call. In a test, repair the recorded answer.",
    quotes_body=True,
).answer
def answer_json(route: Route | None, answer: Answer) -> Said:
    """Report where the JSON is invalid."""
    if route and route.json and isinstance(answer.json, Malformed):
        yield Noticed("body", answer.json.found, "JSON")

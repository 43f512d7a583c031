"""Adobe answers 429 if an address makes more than one call a second, and its burst of ten is spent.

The answer is a page of HTML that does not say how long to wait. The time to wait is one second from the first 429 on.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="THR001",
    severity="warning",
    title="Adobe throttled this call",
    page=pages.THROTTLING,
    fix="Wait a second or more before the next call, and each time longer.",
    reads_of_answer=("retry-after",),
).answer
def throttled(_route: Route | None, answer: Answer) -> Said:
    """Look at the status."""
    if answer.status == 429:  # noqa: PLR2004  # Too Many Requests
        found = "429 with Retry-After" if answer.header("retry-after") else "429 without Retry-After"
        yield Noticed("status", found, "at most one call a second from each address, after a burst of ten")

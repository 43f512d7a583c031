"""An error's body repeats the answer's status. If the two differ, a server on the way has changed one of them.

This holds only for an error of the whole call. The error of a single decision has its own status.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP009",
    severity="warning",
    title="An error with two different statuses",
    page=pages.ERRORS,
    fix="Go by the error's code, and find the server between the application and Adobe that changes the status.",
).answer
def answer_error_status(_route: Route | None, answer: Answer) -> Said:
    """Compare the two statuses."""
    error = answer.error
    if error is not None and error.status is not None and error.status != answer.status:
        yield Noticed("body status", f"{_status(error.status)} in an answer of {answer.status}", "the same status")


def _status(number: int) -> str:
    return str(number) if 0 <= number <= 999 else "another number"  # noqa: PLR2004  # three digits

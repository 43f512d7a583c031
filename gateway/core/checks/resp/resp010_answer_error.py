"""An error of Adobe has a code, which gives the reason, and an action, which says what would help.

The set of codes may grow. The documentation's samples give some codes other actions than its table, so go by the code. An error of 500
and above is Adobe's own. The call may be right, and may be sent again later.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.errors import advice_for
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP010",
    severity="info",
    title="The call was answered with an error",
    page=pages.ERRORS,
    fix="Go by the error's code, then by its action. Few errors are worth a second try, and no error is worth more than three.",
    quotes_body=True,
).answer
def answer_error(_route: Route | None, answer: Answer) -> Said:
    """Quote the error's code, and say what to do."""
    error = answer.error
    if error is not None and (error.code or error.form != "registration"):
        found = f"{answer.status} {error.code}".rstrip()
        yield Noticed("body code", found, advice_for(error, answer.status))

"""Adobe says with a code why it refused a call, and with an action what would help.

The set of codes may grow. The documentation's samples give some codes other actions than its table, so go by the code.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.errors import MEANINGS
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP010",
    severity="info",
    title="Adobe refused the call",
    page=pages.ERRORS,
    fix="Do what the error's action asks for; few errors are worth a second try.",
    quotes_body=True,
).answer
def answer_error(_route: Route | None, answer: Answer) -> Said:
    """Say what the error says."""
    error = answer.error
    if error is not None and (error.code or error.form != "registration"):
        found = f"{answer.status} {error.code}".rstrip()
        yield Noticed("body code", found, MEANINGS.get(error.action, "no error"))

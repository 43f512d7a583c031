"""A logout that is answered 200 has the map logouts, with an entry for each profile that was removed."""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.json_text import Json
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP008",
    severity="warning",
    title="A logout's answer without logouts",
    page=pages.LOGOUT,
    fix="Find the server between the application and Adobe that answers in place of the logout.",
).answer
def answer_logouts(route: Route | None, answer: Answer) -> Said:
    """Look for the map in a body that could be read."""
    if route is None or route.name != "v2 logout" or answer.status != 200:  # noqa: PLR2004  # OK
        return
    if isinstance(answer.json, Json) and answer.logouts is None:
        yield Noticed("body", "JSON without the map logouts", "a map logouts")

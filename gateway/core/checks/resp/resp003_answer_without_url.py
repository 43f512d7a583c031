"""The action logout has a url that the application opens. Without it the user stays logged in at the MVPD."""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.malformed import shown
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP003",
    severity="warning",
    title="A logout without its url",
    page=pages.LOGOUT,
    fix="Tell Adobe, with the answer's trace if it has one.",
).answer
def answer_without_url(route: Route | None, answer: Answer) -> Said:
    """Look for the url."""
    if route is None or route.name != "v2 logout":
        return
    for entry in answer.logouts or ():
        if entry.action == "logout" and entry.url is None:
            yield Noticed(f"body logouts {shown(entry.key)}", "logout and no url", "a url to open")

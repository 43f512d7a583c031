"""Only the action logout has a url. An application must not open a url of complete, invalid or partner_logout."""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.malformed import shown
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said

_WITHOUT = frozenset({"complete", "invalid", "partner_logout"})


@About(
    id="RESP004",
    severity="warning",
    title="A url with an action that has none",
    page=pages.LOGOUT,
    fix="Go by actionName, and open a url only for the action logout.",
).answer
def answer_with_url(route: Route | None, answer: Answer) -> Said:
    """Look for the url."""
    if route is None or route.name != "v2 logout":
        return
    for entry in answer.logouts or ():
        if entry.action in _WITHOUT and entry.url is not None:
            yield Noticed(f"body logouts {shown(entry.key)}", f"{entry.action} and a url", "no url")

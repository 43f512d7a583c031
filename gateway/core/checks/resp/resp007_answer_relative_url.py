"""A logout's url may begin at the root. No page says which host it belongs to. Behind a gateway it would lead to the gateway.

sp.auth.adobe.com is the only host that the pages show with that path.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.malformed import shown
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP007",
    severity="info",
    title="A logout's url without a host",
    page=pages.LOGOUT,
    fix="Resolve it against https://sp.auth.adobe.com, or let the gateway make it absolute.",
    open="Which host a logout's url belongs to, if the url begins at the root.",
).answer
def answer_relative_url(route: Route | None, answer: Answer) -> Said:
    """Look at how the url begins."""
    if route is None or route.name != "v2 logout":
        return
    for entry in answer.logouts or ():
        if entry.url is not None and "://" not in entry.url.partition("?")[0]:
            yield Noticed(f"body logouts {shown(entry.key)}", "a url without a host", "an absolute url")

"""Each entry of a logout's answer has its MVPD's id twice: as key, and as member mvpd. If the two differ, one is wrong.

The documentation's sample of a degraded logout has a key and a placeholder.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.malformed import shown
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP001",
    severity="warning",
    title="An entry under another MVPD's key",
    page=pages.LOGOUT,
    fix="Go by the key, and tell Adobe.",
    quotes_body=True,
).answer
def answer_key(route: Route | None, answer: Answer) -> Said:
    """Compare the key with the member."""
    if route is None or route.name != "v2 logout":
        return
    for entry in answer.logouts or ():
        if entry.key != entry.mvpd:
            found = f"mvpd {shown(entry.mvpd)} under the key {shown(entry.key)}"
            yield Noticed("body logouts", found, "the same id in both")

"""Each action has one type: logout is `interactive`, partner_logout is `partner_interactive`, complete and invalid are `none`.

The set may grow, so an application ignores unknown words. Translations of the page have translated these words too.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.logout import TYPES
from gateway.core.adobe.malformed import shown
from gateway.core.adobe.routes import Route
from gateway.core.checking import About, Noticed, Said


@About(
    id="RESP002",
    severity="warning",
    title="An action and a type that do not belong together",
    page=pages.LOGOUT,
    fix="Do what actionName says if it is one of the four. Otherwise do nothing.",
    quotes_body=True,
).answer
def answer_pair(route: Route | None, answer: Answer) -> Said:
    """Compare with the page's table."""
    if route is None or route.name != "v2 logout":
        return
    for entry in answer.logouts or ():
        if TYPES.get(entry.action) != entry.type:
            found = f"actionName {shown(entry.action)} with actionType {shown(entry.type)}"
            expected = f"actionType {TYPES[entry.action]}" if entry.action in TYPES else f"one of {', '.join(TYPES)}"
            yield Noticed(f"body logouts {shown(entry.key)}", found, expected)

"""A call has only the parameters that its page defines. The checklist warns of a 400 for other parameters.

A logout has redirectUrl only. requestor and deviceId are parameters of v1. The check also finds the rest of a redirectUrl that is not encoded.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said


@About(
    id="ROUTE005",
    severity="warning",
    title="A parameter that this route does not have",
    page=pages.CHECKLIST,
    fix="Leave it out. v2 has headers in place of v1's parameters.",
    reads_target=True,
).request
def query_undefined(call: Call) -> Said:
    """Compare the names with those of the route."""
    if call.route is None or call.route.parameters is None:
        return
    allowed = call.route.parameters
    names = list(
        dict.fromkeys(_name(pair.name, named=pair.has_equals) for pair in call.parameters if pair.name not in allowed)
    )
    if names:
        yield Noticed(
            "query", ", ".join(names[:5]), " and ".join(sorted(allowed)) + " alone" if allowed else "no parameters"
        )


def _name(name: str, *, named: bool) -> str:
    """Quote only a text that is plainly a name, since a secret pasted into a query may stand in the same place."""
    plain = named and len(name) <= 24 and name.replace("_", "").isalpha() and name.isascii()  # noqa: PLR2004  # short
    return name if plain else f"a name of {len(name)} characters"

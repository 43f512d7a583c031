"""A call has each parameter once. If a parameter comes twice, servers choose differently. The client registration answers invalid_request.

URL006 checks a logout's redirectUrl. v1 takes `resource` or `resources` several times.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said

_SEVERAL = frozenset({"resource", "resources"})


@About(
    id="ROUTE011",
    severity="warning",
    title="A parameter more than once",
    page=pages.TOKEN,
    fix="Send each parameter once.",
).request
def parameter_repeated(call: Call) -> Said:
    """Count the names of query and form."""
    if call.version == "other":
        return
    for where, pairs in (("query", call.parameters), ("body", call.form or ())):
        times: dict[str, int] = {}
        for pair in pairs:
            times[pair.name] = times.get(pair.name, 0) + 1
        for name, count in times.items():
            of_logout = name == "redirectUrl" and call.is_on("v2 logout")
            if count > 1 and name not in _SEVERAL and not of_logout:
                yield Noticed(f"{where} {_name(name)}", f"{count} times", "once")


def _name(name: str) -> str:
    """Quote only a text that is plainly a name, since a secret pasted into a query may stand in the same place."""
    plain = len(name) <= 24 and name.replace("_", "").isalpha() and name.isascii()  # noqa: PLR2004  # short
    return name if plain else f"with a name of {len(name)} characters"

"""A path below /api/v2 or /api/v1 that no page describes is misspelled, or the operation does not exist.

The cookbook for servers writes `/decision/authorize/` instead of `/decisions/authorize/`.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said

_WORDS = frozenset(
    {
        "authenticate", "authorize", "code", "configuration", "decision", "decisions", "logout", "preauthorize", "profile",
        "profiles", "session", "sessions", "sso", "tokens", "api", "v1", "v2", "reggie", "regcode", "config", "checkauthn",
    }
)  # fmt: skip


@About(
    id="ROUTE006",
    severity="warning",
    title="A path that no page describes",
    page=pages.OVERVIEW,
    fix="Compare the path with the page of the operation, letter by letter.",
).request
def route_known(call: Call) -> Said:
    """Report a path that is on no route."""
    if call.misplaced == "unknown":
        shape = "/".join(part if part in _WORDS else "{…}" if part else "" for part in call.path.split("/", 9)[:9])
        yield Noticed("path", shape, "a path of REST API v2 or v1")

"""A parameter's value is percent-encoded once. Encoded twice, it is another value, and a replay does not find its recording.

If a value, decoded once, still has only letters, digits and escapes, it was encoded twice. A URL may contain parameters that are encoded
once more. URL003 checks a logout's redirectUrl. v1's device_info is not judged: its page asks for the second encoding.
"""

import re
from urllib.parse import unquote

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call, Parameter
from gateway.core.adobe.malformed import LONGEST
from gateway.core.checking import About, Noticed, Said

_TWICE = re.compile(r"%25[0-9A-Fa-f]{2}")
_STILL_ENCODED = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})++")
_APART = frozenset({"device_info", "deviceinfo"})


@About(
    id="ROUTE010",
    severity="warning",
    title="A parameter is encoded twice",
    page=pages.OVERVIEW,
    fix="Encode each value once, or leave it to the HTTP library.",
).request
def parameter_double_encoded(call: Call) -> Said:
    """Look for values that decoding once leaves encoded."""
    if call.version == "other":
        return
    for where, pairs in (("query", call.parameters), ("body", call.form or ())):
        for pair in pairs:
            logout_url = pair.name == "redirectUrl" and call.is_on("v2 logout")
            if not logout_url and pair.name.lower() not in _APART and _twice(pair):
                yield Noticed(f"{where} {_name(pair.name)}", "percent-encoding inside percent-encoding", "one encoding")


def _twice(pair: Parameter) -> bool:
    raw = pair.raw[:LONGEST]
    return bool(_TWICE.search(raw) and _STILL_ENCODED.fullmatch(unquote(raw, "latin-1")))


def _name(name: str) -> str:
    """Quote only a text that is plainly a name, since a secret pasted into a query may stand in the same place."""
    plain = len(name) <= 24 and name.replace("_", "").isalpha() and name.isascii()  # noqa: PLR2004  # short
    return name if plain else f"with a name of {len(name)} characters"

"""A name in braces must be replaced before the call: a literal `${mvpd}` is not an MVPD.

The documentation's sample of a degraded logout has `${degradedMvpd}` in its path. `undefined`, and other words that
programs write for a missing value, are not values either.
"""

import re

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.unfilled import FIRST, nothing_in
from gateway.core.checking import About, Noticed, Said

# ends at the next brace of either kind, so no character is read twice; a quotation mark shows that it is JSON
_PLACEHOLDER = re.compile(
    r"(\$?)(?:\{|%7B)([A-Za-z_]{0,32}+)(?:(?!%7[BD]|%22)[^/&={}\"])*+(?:\}|%7D)|(<|%3C)([A-Za-z_]{1,32}+)(?:>|%3E)",
    re.IGNORECASE,
)

_MAY_BE_NOTHING = re.compile(rf"[/=][{re.escape(''.join(sorted(FIRST)))}]")
"""Finds a value whose first character may begin a word for a missing value. Most targets have no such value."""


@About(
    id="ROUTE004",
    severity="warning",
    title="An unexpanded placeholder",
    page=pages.OVERVIEW,
    fix="Put the value in, and find out why it was missing.",
    reads_target=True,
).request
def route_placeholder(call: Call) -> Said:
    """Look in path and query for braces, bare or encoded, and for words for a missing value."""
    if call.version not in {"v1", "v2"}:
        return
    target = call.target.lower()
    if "{" in target or "<" in target or "%7b" in target or "%3c" in target:
        for where, text in (("path", call.path), ("query", call.query)):
            if found := _PLACEHOLDER.search(text):
                name = f"<{found[4]}>" if found[3] else f"{found[1]}{{{found[2]}}}"
                yield Noticed(where, name, "a value")
    if not _MAY_BE_NOTHING.search(call.target):
        return
    values = [("path", segment) for segment in call.path.split("/")]
    values += [("query", pair.raw) for pair in call.parameters]
    for where, value in values:
        if name := nothing_in(value):
            yield Noticed(where, name, "a value")
            return

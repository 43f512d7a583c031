"""A header with one value stands on one line. If there are two lines, servers choose differently, and a proxy may join them."""

from gateway.core.adobe import pages
from gateway.core.adobe.call import EVERY_FIELD, FORWARDED, Call
from gateway.core.adobe.malformed import shown_name
from gateway.core.checking import About, Noticed, Said

_LISTS = frozenset({FORWARDED, "accept"})


@About(
    id="HDR005",
    severity="warning",
    title="A header on more than one line",
    page=pages.OVERVIEW,
    fix="Set the header instead of adding a second line.",
    reads=EVERY_FIELD,
).request
def header_repeated(call: Call) -> Said:
    """Count the lines of each field. A list may have several lines (RFC 9110 section 5.3)."""
    if not call.repeats:
        return
    for name, values in call.given(EVERY_FIELD):
        if len(values) > 1 and name not in _LISTS:
            same = "equal" if len(set(values)) == 1 else "different"
            yield Noticed(f"header {shown_name(name)}", f"{len(values)} {same} lines", "one line")

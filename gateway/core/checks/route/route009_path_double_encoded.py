"""A segment of the path is percent-encoded once at most. `%2520` is not a space, and no MVPD's id has it.

Ids of service providers and MVPDs usually have no characters that need an encoding.
"""

import re

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, Said

_TWICE = re.compile(r"%25[0-9A-Fa-f]{2}")


@About(
    id="ROUTE009",
    severity="warning",
    title="The path is encoded twice",
    page=pages.OVERVIEW,
    fix="Encode each segment once, or leave it to the HTTP library.",
    reads_target=True,
).request
def path_double_encoded(call: Call) -> Said:
    """Look for an encoded `%` before two digits."""
    if "%25" in call.path and call.version in {"v1", "v2"}:
        for number, segment in enumerate(call.path.split("/")):
            if _TWICE.search(segment):
                yield Noticed(f"path segment {number}", "percent-encoding inside percent-encoding", "one encoding")

"""The list of MVPDs changes rarely. An app fetches it to show a picker, and keeps it for at least two minutes.

The FAQ says two minutes, the checklist three to five.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call, tag
from gateway.core.checking import About, Noticed, SeenExchange

LEAST = 120.0


def _source(call: Call) -> str | None:
    if not call.source_tag or not call.is_on("v2 configuration", "v1 configuration"):
        return None
    return tag(f"{call.source_tag} {call.target}")


@About(
    id="THR005",
    severity="warning",
    title="The configuration is fetched too often",
    page=pages.CHECKLIST,
    fix="Keep the configuration for three to five minutes.",
    reads=("ap-device-identifier", "x-forwarded-for"),
).over_time(_source)
def configuration_fetched(before: float | None, seen: SeenExchange) -> tuple[float, tuple[Noticed, ...]]:
    """Remember the last time."""
    if before is None or not 0 <= seen.at - before < LEAST:
        return seen.at, ()
    return seen.at, (Noticed("time", f"fetched again after {seen.at - before:.0f} s", "two minutes or more"),)

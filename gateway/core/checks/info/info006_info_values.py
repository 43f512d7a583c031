"""Some members of X-Device-Info have a set of allowed values. Another value makes the platform unknown.

The page's own snippets send other values: `Roku` where the set has `Roku OS`, and `iPadOS`. Tizen is not in the set of osName, but in the
set of osFamily. For these values, the finding is only a note. v1 does not restrict osVendor.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.device_info import IN_SNIPPETS, RESTRICTED
from gateway.core.adobe.malformed import shown
from gateway.core.checking import About, Noticed, Said


@About(
    id="INFO006",
    severity="warning",
    milder="info",
    title="A value of the device information is not documented",
    page=pages.DEVICE_INFO,
    fix="Take the value that the page lists, with its case and its spaces.",
    reads=("x-device-info",),
).request
def info_values(call: Call) -> Said:
    """Compare each restricted member with its set."""
    info = call.described
    if info is None:
        return
    for name, allowed in RESTRICTED.items():
        value = info.text(name)
        if value and value not in allowed and not (name == "osVendor" and call.version == "v1"):
            near = sorted(a for a in allowed if a.lower().startswith(value.lower()[:3]))
            expected = " or ".join(near) if near else f"one of {', '.join(sorted(allowed))}"
            mild = value in IN_SNIPPETS.get(name, ())
            yield Noticed(f"header X-Device-Info, {name}", shown(value), expected, mild=mild)

"""Sessions and partner profiles are posted as forms, decisions as JSON. Content-Type names the format."""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import shown_media
from gateway.core.checking import About, Noticed, Said


@About(
    id="HDR006",
    severity="warning",
    title="The wrong Content-Type",
    page=pages.OVERVIEW,
    fix="Send the Content-Type of the operation's page.",
    reads=("content-type",),
).request
def content_type(call: Call) -> Said:
    """Compare with the media type of the route."""
    if call.route is None or not call.route.content or call.misplaced == "method":
        return
    value = call.header("content-type")
    if value.partition(";")[0].strip().lower() != call.route.content:
        found = shown_media(value) if value else "no such header"
        yield Noticed("header Content-Type", found, call.route.content)

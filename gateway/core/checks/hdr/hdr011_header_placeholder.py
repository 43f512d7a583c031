"""A header with the value of a template, such as `<access_token>` or `${token}`, was never filled in.

A bearer token that is `undefined` or `null` was never filled in either. Other headers have their own checks for these words.

JSON in braces is not a template: INFO003, HDR008 and HDR009 find JSON that was not encoded.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import EVERY_FIELD, Call
from gateway.core.adobe.device_identifier import is_placeholder
from gateway.core.adobe.malformed import shown_name
from gateway.core.adobe.routes import IDENTIFIER
from gateway.core.adobe.unfilled import is_nothing
from gateway.core.checking import About, Noticed, Said


@About(
    id="HDR011",
    severity="warning",
    title="A header's placeholder was not filled in",
    page=pages.OVERVIEW,
    fix="Put the value in, and find out why it was missing.",
    reads=EVERY_FIELD,
).request
def header_placeholder(call: Call) -> Said:
    """Look for templates. DEV005 looks for them in the device identifier."""
    if not call.may_be_unfilled or call.version not in {"v1", "v2"}:
        return
    for name, values in call.given(EVERY_FIELD):
        for value in values if name != IDENTIFIER else ():
            is_token = value[:7].lower() == "bearer "
            text = value[7:].strip() if is_token else value
            if is_token and is_nothing(text):
                yield Noticed(f"header {shown_name(name)}", text, "a value")
            elif len(text) <= 64 and is_placeholder(text):  # noqa: PLR2004  # as long as a name
                yield Noticed(f"header {shown_name(name)}", "an unexpanded placeholder", "a value")

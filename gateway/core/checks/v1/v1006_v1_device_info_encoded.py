"""v1 wants percent-encoding around the Base64 of X-Device-Info, in the header and in a query. v2 does not.

v1 reads a bare `+` as a space, which damages the Base64.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.routes import INFO
from gateway.core.checking import About, Noticed, Said
from gateway.core.secrets.pseudonyms import is_pseudonym


@About(
    id="V1006",
    severity="warning",
    title="v1's device information is not percent-encoded",
    page=pages.V1_DEVICE_INFO,
    fix="Percent-encode the Base64: %2B for +, %2F for / and %3D for =.",
    inbound=True,
    reads=(INFO,),
).request
def v1_device_info_encoded(call: Call) -> Said:
    """Look for the three characters that an encoder would not leave."""
    if call.version != "v1":
        return
    given = [("header X-Device-Info", value) for value in call.lines(INFO)]
    given += [("query device_info", pair.raw) for pair in call.parameters if pair.name == "device_info"]
    for where, value in given:
        if any(character in value for character in "+/=") and not is_pseudonym(value):
            yield Noticed(where, "Base64 without percent-encoding", "Base64, percent-encoded")

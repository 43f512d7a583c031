"""AP-TempPass-Identity distinguishes the users of a temporary pass. A hash is enough for this: an e-mail address names a person.

The page of the feature asks for a hash. The sample on the header's page has an address, so the finding is only a note.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed
from gateway.core.adobe.routes import TEMP_PASS
from gateway.core.adobe.temp_pass import TempPassIdentity, read_temp_pass
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="HDR016",
    severity="info",
    title="The temporary pass's identity is an e-mail address",
    page=pages.TEMP_PASS_FEATURE,
    fix="Send a hash of the address, the same one each time.",
    reads=(TEMP_PASS,),
).request
def temp_pass_plain(call: Call) -> Said:
    """Look for an address among the members."""
    value = call.header(TEMP_PASS)
    match read_temp_pass(value) if value else None:
        case Malformed(redacted=True):
            yield REDACTED
        case TempPassIdentity(plain=True):
            yield Noticed("header AP-TempPass-Identity", "an e-mail address in clear", "a hash of it")

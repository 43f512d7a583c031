"""AP-TempPass-Identity tells users of a temporary pass apart; a hash does that as well as an e-mail address, which is a person's.

The page of the feature asks for a hash. The page of the header has an address in its sample, which is why this is a note.
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

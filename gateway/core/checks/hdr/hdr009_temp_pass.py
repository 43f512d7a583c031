"""AP-TempPass-Identity is Base64 of a JSON object that names the user of a temporary pass.

The page's own example consists of two Base64 texts in a row, under another header's name.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed
from gateway.core.adobe.routes import TEMP_PASS
from gateway.core.adobe.temp_pass import read_temp_pass
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="HDR009",
    severity="warning",
    title="The temporary pass's identity cannot be read",
    page=pages.TEMP_PASS,
    fix="Encode one JSON object once, as standard Base64.",
    status=400,
    code="invalid_header_identity_for_temporary_access",
    reads=(TEMP_PASS,),
).request
def temp_pass(call: Call) -> Said:
    """Say what the parser could not read."""
    value = call.header(TEMP_PASS)
    identity = read_temp_pass(value) if value else None
    if isinstance(identity, Malformed):
        yield (
            REDACTED if identity.redacted else Noticed("header AP-TempPass-Identity", identity.found, identity.expected)
        )

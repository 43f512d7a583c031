"""AP-Device-Identifier is a type, a space and a text. The only type is `fingerprint`.

Frequent mistakes: the bare identifier, the Base64 without its type, another type, the type in capitals.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="DEV002",
    severity="error",
    title="The device identifier has no type",
    page=pages.DEVICE_IDENTIFIER,
    fix="Write fingerprint, one space, and the Base64 of the identifier.",
    status=400,
    code="invalid_header_device_identifier",
    reads=("ap-device-identifier",),
).request
def identifier_grammar(call: Call) -> Said:
    """Look at what stands before the Base64."""
    match call.identifier:
        case Malformed(part="type", redacted=True):
            yield REDACTED
        case Malformed(part="type") as wrong:
            yield Noticed("header AP-Device-Identifier", wrong.found, wrong.expected)

"""An Experience Cloud ID has 38 digits. Any other text is another product's id, and the reports do not find the visitor by it."""

import re

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed, shape
from gateway.core.adobe.routes import VISITOR
from gateway.core.adobe.visitor import Visitor, read_visitor
from gateway.core.checking import REDACTED, About, Noticed, Said
from gateway.core.secrets.pseudonyms import is_pseudonym

_ECID = re.compile(r"[0-9]{38}")


@About(
    id="HDR014",
    severity="warning",
    title="The visitor's id is not an ECID",
    page=pages.VISITOR,
    fix="Send the ECID that the Experience Cloud's library or server gave: 38 digits.",
    reads=(VISITOR,),
).request
def visitor_digits(call: Call) -> Said:
    """Count the digits. HDR007 reports quotes and spaces."""
    value = call.header(VISITOR)
    match read_visitor(value) if value else None:
        case Malformed(redacted=True):
            yield REDACTED
        case Visitor(id=found) if not _ECID.fullmatch(found):
            yield (
                REDACTED if is_pseudonym(found) else Noticed("header AP-Visitor-Identifier", shape(found), "38 digits")
            )

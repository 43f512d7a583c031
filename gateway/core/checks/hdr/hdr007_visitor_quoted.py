"""AP-Visitor-Identifier is a bare Experience Cloud ID. The appendix prints it in quotes, which are not a part of it."""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import Malformed
from gateway.core.adobe.routes import VISITOR
from gateway.core.adobe.visitor import read_visitor
from gateway.core.checking import REDACTED, About, Noticed, Said


@About(
    id="HDR007",
    severity="warning",
    title="The visitor's id is quoted or damaged",
    page=pages.VISITOR,
    fix="Send the ECID as it is, without quotes.",
    reads=(VISITOR,),
).request
def visitor_quoted(call: Call) -> Said:
    """Say what the parser could not take."""
    value = call.header(VISITOR)
    visitor = read_visitor(value) if value else None
    if isinstance(visitor, Malformed):
        yield REDACTED if visitor.redacted else Noticed("header AP-Visitor-Identifier", visitor.found, visitor.expected)

"""The signed form of v1 has seven members. It begins with the call's own method, and its time is in milliseconds. Otherwise v1 answers: Not Authorized.

Adobe's technical note names one frequent mistake: a request_time in seconds.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.authorization import Signed
from gateway.core.adobe.call import Call
from gateway.core.adobe.malformed import shown
from gateway.core.checking import About, Noticed, Said

_MILLISECONDS = 13
"""Number of digits of the time since 1970, in the years 2001 to 2286."""


@About(
    id="V1009",
    severity="error",
    title="v1's signed Authorization is wrong",
    page=pages.V1_REFERENCE,
    fix="Sign method, members and path of this very call, and write request_time in milliseconds.",
    status=401,
    inbound=True,
    reads=("authorization",),
).request
def v1_signature(call: Call) -> Said:
    """Look at the members. Only Adobe can check the signature itself."""
    if call.version != "v1" or not isinstance(signed := call.authorization, Signed):
        return
    if signed.missing:
        yield Noticed("header Authorization", f"no {', '.join(signed.missing)}", "all members of the signed form")
    if signed.request_time and not (signed.request_time.isascii() and signed.request_time.isdigit()):
        yield Noticed("header Authorization", "a request_time that is no number", "milliseconds since 1970")
    elif signed.request_time and len(signed.request_time) != _MILLISECONDS:
        found = f"a request_time of {len(signed.request_time)} digits"
        yield Noticed("header Authorization", found, "milliseconds since 1970, which has 13")
    if signed.method != call.method:
        yield Noticed(
            "header Authorization", f"a signature for {signed.method}", f"a signature for {shown(call.method)}"
        )

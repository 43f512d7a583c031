"""The throttling page's 429: a bucket of calls for each address, and the edge's HTML page when it is empty."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from gateway.emulator.answers import answer_with, http_date

if TYPE_CHECKING:
    from gateway.emulator.model import Answer, Call

# The page says one call a second and a burst of ten. Its worked example needs a refilled bucket of eleven, not of ten or twelve.
RATE = 1.0
CAPACITY = 11.0

# The paths in the page's list.
_THROTTLED = re.compile(
    r"/o/client/(register|token|scopes|validate)"
    r"|/api/v2/.*"
    r"|/api/v1/(tokens/(usermetadata|authn|authz|media)|checkauthn|logout|authorize|preauthorize|mediatoken|identities)([./].*)?"
    r"|/api/v1/(config|authenticate)/.*|/api/v1/.+/profile-requests/.+"
    r"|/adobe-services/config/.*"
    r"|/reggie/v1/.+/regcode(/.+)?",
    re.DOTALL,
)

# 166 bytes, as the page's sample says.
_PAGE = (
    b"<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n"
    b"<center><h1>429 Too Many Requests</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n"
)

_WEEK = 7 * 24 * 3600


class Bucket(NamedTuple):
    """The number of calls that an address has left, and the time of this number."""

    tokens: float
    at: float

    def take(self, now: float) -> tuple[bool, Bucket]:
        """Return whether a call may pass now, and the bucket after the call. A refused call costs nothing."""
        tokens = min(CAPACITY, self.tokens + RATE * max(0.0, now - self.at))
        return (True, Bucket(tokens - 1, now)) if tokens >= 1 else (False, Bucket(tokens, now))


def is_throttled(call: Call) -> bool:
    """Return whether the page lists the path."""
    return _THROTTLED.fullmatch(call.path) is not None


def address(call: Call) -> bytes:
    """Return the key of the bucket: the whole value of X-Forwarded-For, or else the peer. The page does not mention lists in the field."""
    return hashlib.sha256((call.header("X-Forwarded-For") or call.client).encode("utf-8", "backslashreplace")).digest()


def too_many(call: Call) -> Answer:
    """Return the edge's answer: HTML and the load balancer's cookies; no JSON, and no Retry-After."""
    cookie = base64.b64encode(hashlib.shake_256(call.digest).digest(96)).decode()
    until = f"Expires={http_date(call.now + _WEEK)}; Path=/"
    return answer_with(
        call,
        429,
        "text/html",
        _PAGE,
        ("Set-Cookie", f"AWSALB={cookie}; {until}"),
        ("Set-Cookie", f"AWSALBCORS={cookie}; {until}; SameSite=None; Secure"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "POST,GET,OPTIONS,DELETE"),
        (
            "Access-Control-Allow-Headers",
            "ap_11,ap_42,ap_z,ap_19,ap_21,ap_23,authorization,content-type,pass_sfp,AP-Session-Identifier,AP-Device-Identifier,AP-SDK-Identifier,X-Device-Info",
        ),
        ("Access-Control-Expose-Headers", "pass_sfp,Authzf-Error-Code,Authzf-Sub-Error-Code,Authzf-Error-Details"),
        ("P3P", 'CP="NOI DSP COR CURa ADMa DEVa OUR BUS IND UNI COM NAV STA"'),
    )

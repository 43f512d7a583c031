"""The throttling page's 429: a bucket of calls for each address, and the edge's answer when it is empty.

Facts
-----
* The page says: one call per second, and a burst of ten. Its example fits a refilled bucket of eleven calls, but not of ten or twelve.
* X-Forwarded-For identifies a device. The page does not mention several addresses in it. So the field counts as a whole.
* The answer is openresty's HTML page, without JSON and Retry-After (429 sample of the page).
"""

from __future__ import annotations

import base64
import re
from hashlib import blake2b, shake_256

from gateway.core.adobe.routes import LONGEST_PATH
from gateway.core.equivalence import equivalent_path
from gateway.core.model import Headers, Request, Response

RATE = 1.0
"""Calls per second."""
CAPACITY = 11.0
"""Calls in a full bucket."""
_THROTTLED = re.compile(
    r"/o/client/(?:register|token|scopes|validate)"
    r"|/api/v2/.*"
    r"|/api/v1/(?:tokens/(?:usermetadata|authn|authz|media)|checkauthn|logout|authorize|preauthorize|mediatoken|identities)(?:[./].*)?"
    r"|/api/v1/(?:config|authenticate)/.*|/api/v1/[^/]+/profile-requests/.+"
    r"|/adobe-services/config/.*"
    r"|/reggie/v1/[^/]+/regcode(?:/.+)?",
    re.DOTALL,
)
"""The paths that the page lists."""
_PAGE = (
    b"<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n"
    b"<center><h1>429 Too Many Requests</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n"
)
"""166 bytes, as in the sample."""


def is_throttled(request: Request) -> bool:
    """Return whether the page lists the path."""
    return _THROTTLED.fullmatch(equivalent_path(request.path[:LONGEST_PATH])) is not None


def address_of(request: Request) -> str:
    """Return the key of the bucket: a hash of X-Forwarded-For, or of the device's address if the field is absent."""
    address = request.headers.get("X-Forwarded-For") or request.client
    return blake2b(address.encode("latin-1", "replace"), digest_size=16).hexdigest()


def too_many(request: Request) -> Response:
    """Return the edge's answer, with the load balancer's cookies and the CORS fields of the sample."""
    cookie = base64.b64encode(shake_256(request.id.encode()).digest(96)).decode()
    fields = (
        ("Content-Type", "text/html"),
        ("Content-Length", str(len(_PAGE))),
        ("Server", "openresty"),
        ("Set-Cookie", f"AWSALB={cookie}; Path=/"),
        ("Set-Cookie", f"AWSALBCORS={cookie}; Path=/; SameSite=None; Secure"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "POST,GET,OPTIONS,DELETE"),
        (
            "Access-Control-Allow-Headers",
            "Authorization, AP-Device-Identifier, AP-Session-Identifier, AP-SDK-Identifier, pass_sfp",
        ),
        ("Access-Control-Expose-Headers", "pass_sfp, Authzf-Error-Code, Authzf-Sub-Error-Code, Authzf-Error-Details"),
        ("P3P", 'CP="NOI DSP COR"'),
    )
    return Response(429, "Too Many Requests", Headers.of(fields), _PAGE)

"""CORS: header fields that let a web page, or a television's web app, read answers of another origin.

Facts
-----
* A browser asks with OPTIONS before it sends a header field such as Authorization. It gives an answer to a page only if the
  Access-Control fields allow the page's origin (https://fetch.spec.whatwg.org/#http-cors-protocol).
* The documentation shows these fields on one answer, the 429 (throttling-mechanism page): the lists `METHODS`, `DOCUMENTED` and
  `EXPOSED`, and permission for credentials, which requires an origin by its name. We assume that other answers have the same fields.
* The page's list lacks Content-Type, and X-Device-Info, which every call of v2 needs. So the fields of v2's pages are allowed, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from gateway.core.model import Headers, Request, Response

METHODS = "POST,GET,OPTIONS,DELETE"
DOCUMENTED = "Authorization, AP-Device-Identifier, AP-Session-Identifier, AP-SDK-Identifier, pass_sfp"
ASSUMED = (
    "X-Device-Info, AP-Visitor-Identifier, AP-Partner-Framework-Status, AP-TempPass-Identity, Adobe-Subject-Token, "
    "AD-Service-Token, X-Roku-Reserved-Roku-Connect-Token, Accept, Content-Type, X-Emulator-Status"
)
"""The other header fields of v2's pages, and the emulator's own."""
EXPOSED = "pass_sfp, Authzf-Error-Code, Authzf-Sub-Error-Code, Authzf-Error-Details"
OURS = "X-Gateway-Audit, X-Gateway-Error, X-Gateway-Logout-Url, X-Gateway-Rewrite"
"""Fields that the gateway adds to answers. Tests may read them."""

_ORIGIN = re.compile(r"[!-~]{1,512}")
"""`null`, or scheme, host and port (RFC 6454 section 7.1). Televisions have their own schemes. No character in it can end a field."""


def is_preflight(request: Request) -> bool:
    """Return whether a browser asks whether it may send a request."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def permission(request: Request) -> Response:
    """Return the answer to OPTIONS."""
    return readable(request, Response(204, "No Content", Headers.of({"Allow": METHODS.replace(",", ", ")})))


def readable(request: Request, answer: Response) -> Response:
    """Return an answer that the calling page may read. An answer to a request without an origin is unchanged.

    The answer keeps its CORS fields, except for the origin: a recording has the origin of another run.
    """
    origin = request.headers.get("Origin")
    if request.method != "OPTIONS" and not _ORIGIN.fullmatch(origin):
        return answer
    headers = answer.headers
    if _ORIGIN.fullmatch(origin):
        headers = headers.with_("Access-Control-Allow-Origin", origin)
        if not any("origin" in value.lower() for value in headers.getall("Vary")):
            headers = Headers((*headers.raw, (b"Vary", b"Origin")))
    missing = [(name, value) for name, value in _fields() if name not in headers]
    return replace(answer, headers=Headers((*headers.raw, *Headers.of(missing).raw)))


def _fields() -> Iterator[tuple[str, str]]:
    yield "Access-Control-Allow-Credentials", "true"
    yield "Access-Control-Allow-Methods", METHODS
    yield "Access-Control-Allow-Headers", f"{DOCUMENTED}, {ASSUMED}"
    yield "Access-Control-Expose-Headers", f"{EXPOSED}, {OURS}"

"""Errors in the API's three dialects: v2's enhanced form, v1's status and message, client registration's one word."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from gateway.emulator.answers import XML, answer_with, json_answer

if TYPE_CHECKING:
    from gateway.emulator.model import Answer, Call

HELP = (
    "https://experienceleague.adobe.com/en/docs/pass/authentication/integration-guide-programmers"
    "/features-standard/error-reporting/enhanced-error-codes"
)


class Code(NamedTuple):
    """What the enhanced form says beside its code."""

    status: int
    action: str
    message: str


# The codes and their actions are the enhanced-error-codes page's, the messages are ours. The page has no code for a path or a
# method that does not exist, so the last two are the emulator's own.
CODES = {
    "invalid_access_token_client_application": Code(
        401, "application-registration", "The access token is missing, is no bearer token, or has expired."
    ),
    "invalid_parameter_service_provider": Code(400, "none", "The service provider is missing, malformed or unknown."),
    "invalid_parameter_mvpd": Code(400, "none", "The MVPD is missing or unknown."),
    "invalid_parameter_redirect_url": Code(400, "none", "The redirectUrl parameter is missing, empty or not absolute."),
    "invalid_header_device_identifier": Code(
        400, "none", "The AP-Device-Identifier header is missing, or is not 'fingerprint' and a Base64 text."
    ),
    "invalid_header_device_info": Code(
        400, "none", "The X-Device-Info header is missing, or is not Base64 of a JSON object."
    ),
    "internal_server_error": Code(500, "none", "The emulator was asked to fail."),
    "not_found": Code(404, "none", "The emulator has no such path."),
    "method_not_allowed": Code(405, "none", "The path does not take this method."),
}


def enhanced_error(call: Call, code: str, *more: tuple[str, str]) -> Answer:
    """Return the flat object of the enhanced-error-codes page; `trace` is a UUID made from the call."""
    status, action, message = CODES[code]
    trace = str(uuid.UUID(bytes=call.digest[:16], version=5))
    error = {"action": action, "status": status, "code": code, "message": message, "helpUrl": HELP, "trace": trace}
    return json_answer(call, status, error, *more)


def v1_error(call: Call, status: int, message: str, details: str = "") -> Answer:
    """Return v1's error in the language that the call asks for: JSON, or XML with the same children (rest-api-reference page)."""
    error: dict[str, object] = {"status": status, "message": message}
    if details:
        error["details"] = details
    if not _wants_xml(call):
        return json_answer(call, status, error)
    children = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in error.items())
    document = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<error>{children}</error>\n'
    return answer_with(call, status, XML, document.encode())


def registration_error(call: Call, error: str) -> Answer:
    """Return RFC 6749's error object with its one word (section 5.2), as /o/client answers."""
    return json_answer(call, 400, {"error": error})


def _wants_xml(call: Call) -> bool:
    """Read v1's three ways to ask, the nearest to the resource first. The page does not say which one wins, nor the default."""
    for suffix in (".json", ".xml"):
        if call.path.endswith(suffix):
            return suffix == ".xml"
    asked = call.query.get("format", "").lower()
    if asked in {"json", "xml"}:
        return asked == "xml"
    accept = call.header("Accept").lower()
    return "xml" in accept and "json" not in accept

"""Error bodies: the enhanced form of v2 and v1, v1's plain form, XML, and the form of client registration.

Facts
-----
* The page describes an `error` object, but every sample has its members at the top. Both forms are read. In a decision, the error of an
  item is under `error`.
* `action`, `status` and `code` are finite sets. They may grow, but never shrink. So an unknown word is shown, and means nothing more.
* In the documentation's own samples, codes have other actions than in its table. So nothing is concluded from an action.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from gateway.core.adobe.json_text import members

Form: TypeAlias = Literal["enhanced", "plain", "registration"]

MEANINGS: Mapping[str, str] = {
    "none": "the request itself must be corrected; sending it again changes nothing",
    "configuration": "the TVE Dashboard's configuration must be corrected",
    "application-registration": "the application has to register again, or for this service provider",
    "authentication": "the user has to log in again",
    "authorization": "a new authorization has to be fetched",
    "retry": "two or three tries, each later than the one before",
}
"""The advice of each action (enhanced-error-codes page)."""
_LOGIN = "the user has to log in again"
_DENIED = "show the user the message; the same call again is denied again"
BY_CODE: Mapping[str, str] = {
    "internal_server_error": "Adobe failed, not the call: two or three tries, each later than the one before, then tell Adobe the trace",
    "invalid_access_token_client_application": "a new access token of the same client, then one more try; to register again logs users out",
    "invalid_access_token_service_provider": "a token of an application that is registered for this service provider",
    "invalid_integration": "switch the integration on in the TVE Dashboard, or leave this MVPD out of the picker",
    "invalid_authentication_session": "a new session, with a new code",
    "invalid_parameter_code": "the code of a session that has not ended",
    "too_many_resources": "fewer resources in one call",
    "preauthorization_denied_by_mvpd": _DENIED,
    "authorization_denied_by_mvpd": _DENIED,
    "authorization_denied_by_parental_controls": _DENIED,
    "authorization_denied_by_degradation_rule": _DENIED,
    "authorization_denied_by_session_invalidated": _LOGIN,
    "authenticated_profile_missing": _LOGIN,
    "authenticated_profile_expired": _LOGIN,
    "authenticated_profile_invalidated": _LOGIN,
    "temporary_access_duration_limit_exceeded": "the user has to log in at an MVPD: the temporary access is used up",
    "temporary_access_resources_limit_exceeded": "the user has to log in at an MVPD: the temporary access is used up",
    "invalid_client": "new client credentials from POST /o/client/register; users log in again",
    "invalid_request": "the parameters of the page, each once",
    "invalid_redirect_uri": "a redirect_uri of a domain that is registered for the application",
    "invalid_software_statement": "the software statement as the TVE Dashboard gave it",
    "unapproved_software_statement": "a software statement that is not revoked, with the scope api:client:v2",
    "unauthorized_client": "a client that is registered for this grant",
    "unsupported_grant_type": "grant_type=client_credentials",
    "not_emulated": "a call that the built-in emulator knows; Adobe may know this call",
}
"""The advice for an error whose action says too little, or contradicts its page. The codes of client registration have no action.

`not_emulated` is the code of the built-in emulator, and says nothing of Adobe.
"""

SERVER_ERROR = 500
_XML = re.compile(r"<error\b[^<>]*+>")
_XML_MEMBER = re.compile(r"<(status|code|action|message)>([^<]*)</\1>")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,79}")


class ApiError(Struct, frozen=True):
    """The content of an error body."""

    form: Form
    code: str = ""
    """A documented word, or another word of the same form; empty without one."""
    action: str = ""
    status: int | None = None


def advice_for(error: ApiError, status: int) -> str:
    """Return the advice for an error, by its code, else by its action. A 5xx is Adobe's failure, unless it names the configuration."""
    if error.code in BY_CODE:
        return BY_CODE[error.code]
    if status >= SERVER_ERROR and error.action != "configuration":
        return BY_CODE["internal_server_error"]
    return MEANINGS.get(error.action, "look the code up on the page, and correct the request before another try")


def read_error(value: object) -> ApiError | None:
    """Read an error from parsed JSON. None if it is not an error."""
    body = members(value)
    inner = body.get("error")
    if isinstance(inner, str) and "status" not in body:
        return ApiError("registration", code=_word(inner))
    if isinstance(inner, dict):
        body = inner
    code, action = _word(body.get("code")), _word(body.get("action"))
    status = body.get("status")
    if code and (action or "status" in body):
        return ApiError("enhanced", code, action, _number(status))
    if "status" in body and "message" in body:
        return ApiError("plain", code, action, _number(status))
    return None


def read_xml_error(text: str) -> ApiError | None:
    """Read an error from v1's XML. None if it is not an error."""
    found = _XML.search(text)
    inner, closed, _ = text[found.end() :].partition("</error>") if found else ("", "", "")
    if not closed:
        return None
    body = dict(_XML_MEMBER.findall(inner))
    status = body.get("status", "")
    number = int(status) if status.isascii() and status.isdigit() and len(status) == 3 else None  # noqa: PLR2004  # digits of a status
    code, action = _word(body.get("code")), _word(body.get("action"))
    return ApiError("enhanced" if code else "plain", code, action, number)


def _word(value: object) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:  # noqa: PLR2004  # digits of a status
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None

"""Error bodies: the enhanced form of v2 and v1, v1's plain one, XML, and that of the client registration.

Facts
-----
* The page speaks of an `error` object; every sample has its members at the top. Both are read. Item errors of a decision have them under `error`.
* `action`, `status` and `code` are finite sets that may grow and never shrink, so what is unknown is said and no more.
* The documentation's own samples give codes other actions than its table, so nothing is concluded from an action.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from gateway.core.adobe.json_text import members

Form: TypeAlias = Literal["enhanced", "plain", "registration"]

MEANINGS: Mapping[str, str] = {
    "none": "the request itself has to be put right; sending it again changes nothing",
    "configuration": "the TVE Dashboard's configuration has to be put right",
    "application-registration": "the application has to register again, or for this service provider",
    "authentication": "the user has to log in again",
    "authorization": "a new authorization has to be fetched",
    "retry": "two or three tries, each later than the one before",
}
"""What each action asks for (enhanced-error-codes page)."""

_XML = re.compile(r"<error\b[^<>]*+>")
_XML_MEMBER = re.compile(r"<(status|code|action|message)>([^<]*)</\1>")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,79}")


class ApiError(Struct, frozen=True):
    """What an error body says."""

    form: Form
    code: str = ""
    """A documented word, or one of its form; empty where there is none."""
    action: str = ""
    status: int | None = None


def read_error(value: object) -> ApiError | None:
    """Read an error from parsed JSON; None where it is none."""
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
    """Read an error from v1's XML; None where it is none."""
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

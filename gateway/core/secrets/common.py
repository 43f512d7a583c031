"""Names of the API that have other meanings elsewhere. Their values are secret if they have the form of the API's values.

Facts
-----
* A registration code has six to eight capitals and digits (`8BLW4RW`, `TJJCFK`). The API puts it beside the members of a session or of
  a regcode record. Errors, currencies and countries have a `code`, too: letters, then digits, such as `E40312`, `HTTP404` and `PROMO50`.
  So a `code` beside other members is a registration code only if it has a digit before a letter. In a URL, it needs no members beside it.
* A one-time code of OAuth (RFC 6749 section 4.1.2) is a long parameter `code` of a URL.
* `zip` is a postal code. An encrypted postal code is long. Elsewhere, `zip` is an archive.
* Below `errors`, the answer to a form says for each field what is wrong: `{"errors": {"password": "too_short"}}`. Django lists sentences
  below a field. A table of labels has a label for each field.
* `ast` is Amazon's token. Elsewhere, it is a syntax tree, or the assists of a player.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from gateway.core.secrets.pseudonyms import is_pseudonym

_CODE = re.compile(r"[A-Z0-9]{6,8}")
_LETTERS = re.compile(r"[A-Z]{6,8}")
_OUTCOMES = frozenset(
    {
        "BLOCKED",
        "CANCELED",
        "DENIED",
        "EXPIRED",
        "FAILED",
        "INVALID",
        "MISSING",
        "REVOKED",
        "SUCCESS",
        "TIMEOUT",
        "UNKNOWN",
    }
)
_DIGIT = re.compile("[0-9]")
_MIXED = re.compile("[0-9][A-Z]")
_ZIP = re.compile(r"[0-9]{5}(?:-?[0-9]{4})?|[A-Z0-9]{2,4}[ -]?(?=[0-9A-Z]*[0-9])[0-9A-Z]{3}|[0-9]{6}")
_LONG = re.compile(r"(?=[^0-9]*[0-9])[A-Za-z0-9+/_~-]{16,}+={0,2}")
_AUTHORIZATION_CODE = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9+/_.~=-]{10,}+")

OF_A_SESSION = frozenset(
    {
        "actionname", "sessionid", "requestor", "registrationurl", "generated", "existingparameters", "missingparameters", "reasontype",
        "serviceprovider", "deviceid", "regcode",
    }
)  # fmt: skip
"""Members that stand beside a registration code, in lower case."""
OF_AN_ERROR = frozenset(
    {
        "message", "error", "errors", "status", "error_description", "errormessage", "severity", "locations", "details", "detail",
        "helpurl", "msg", "reason", "statuscode", "title", "text", "description", "hint",
    }
)  # fmt: skip
"""Members that stand beside the code of an error."""


_WORD = r"[A-Za-z]++(?:[_-][A-Za-z]++)*+"
_SAID = r"[^\W\d_][\w'’-]*+[,:;]?(?: [\w'’\"()%-]++[,:;]?)"
_WORD_OR_SENTENCE = re.compile(rf"{_WORD}|{_SAID}++[.!?]?+")
_SENTENCE = re.compile(rf"{_SAID}{{2,}}+[.!?]")
TOLD: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(("error", "errors", "violations", "messages", "labels"), _WORD_OR_SENTENCE),
    **dict.fromkeys(("fields", "properties"), _SENTENCE),
}
"""Forms of messages about a field, by the name of a member above. A message of this form is no secret, whatever names are between the
member and the message."""


def is_told_of(path: Sequence[str | int], value: str) -> bool:
    """Return whether a value is a message about the field above it. `path`: the names and indices that lead to the value."""
    told = [TOLD[name.lower()] for name in path[:-1] if isinstance(name, str) and name.lower() in TOLD]
    if not told and path and isinstance(path[-1], int):
        told = [_SENTENCE]
    return any(pattern.fullmatch(value.strip()) for pattern in told)


def _is_code(value: str, beside: AbstractSet[str], *, in_url: bool) -> bool:
    if in_url and _AUTHORIZATION_CODE.fullmatch(value):
        return True
    if not _CODE.fullmatch(value) or value.isdigit() or value in _OUTCOMES:
        return False
    if in_url or beside & OF_A_SESSION:
        return bool(_DIGIT.search(value) or _LETTERS.fullmatch(value))
    return _MIXED.search(value) is not None and not beside & OF_AN_ERROR


def _is_zip(value: str, _: AbstractSet[str], *, in_url: bool) -> bool:  # noqa: ARG001
    return _ZIP.fullmatch(value) is not None or _LONG.fullmatch(value) is not None


def _is_token(value: str, _: AbstractSet[str], *, in_url: bool) -> bool:
    return in_url or (len(value) >= 12 and not value.isdigit() and " " not in value.strip())  # noqa: PLR2004  # a look-alike's least


def _is_email(value: str, _: AbstractSet[str], *, in_url: bool) -> bool:  # noqa: ARG001
    return "@" in value or _LONG.fullmatch(value) is not None


COMMON: dict[str, Callable[..., bool]] = {
    "code": _is_code, "zip": _is_zip, "ast": _is_token, "jws": _is_token, "email": _is_email
}  # fmt: skip
"""For each name in lower case: the function that says whether a value has the API's form."""


def fits(name: str, value: str, beside: AbstractSet[str] = frozenset(), *, in_url: bool = False) -> bool:
    """Return whether a value is what the API means by a name.

    `beside`: the other names in its object, in lower case. `in_url`: the value is a parameter of a query or a form.
    """
    looks = COMMON.get(name)
    return looks is None or looks(value.strip(), beside, in_url=in_url) or is_pseudonym(value.strip())

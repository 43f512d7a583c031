"""Names of the API that are words of other uses, too: their values are secret where they look like what the API means.

Facts
-----
* A registration code is six to eight capitals and digits (`8BLW4RW`, `TJJCFK`), and the API puts it beside the members of a session
  or of a regcode record. `code` is also what an error, a currency and a country have: letters, then digits, as `E40312`, `HTTP404` and
  `PROMO50`. Elsewhere than in a URL or beside those members a registration code is told from these by a digit before a letter.
* A one-time code of OAuth (RFC 6749 section 4.1.2) is the parameter `code` of a URL, and long.
* `zip` is a postal code, or an encrypted one, which is long; elsewhere it is an archive.
* Below `errors`, a form's answer says of each field what is wrong: `{"errors": {"password": "too_short"}}`, and Django of a single
  field in a list. Tables of labels name the field itself.
* `ast` is Amazon's token, and elsewhere a syntax tree, or the assists of a player.
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
"""What is no secret below a member, whatever the names between them speak of: it tells of a field, and is not what was typed there."""


def is_told_of(path: Sequence[str | int], value: str) -> bool:
    """Return whether a value tells of the field that it stands under; `path` leads to it, indices of lists included."""
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
"""For each name in lower case: the function that tells whether a value has the API's meaning."""


def fits(name: str, value: str, beside: AbstractSet[str] = frozenset(), *, in_url: bool = False) -> bool:
    """Return whether a value is what the API means by a name.

    `beside`: the names, in lower case, that stand beside it in its object; `in_url`: it is a parameter of a query or a form.
    """
    looks = COMMON.get(name)
    return looks is None or looks(value.strip(), beside, in_url=in_url) or is_pseudonym(value.strip())

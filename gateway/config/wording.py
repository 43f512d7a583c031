"""Translates pydantic's errors into the form of our messages: expected, found, and a suggestion."""

from collections.abc import Mapping

from msgspec import Struct
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.config.model import BUILT_IN_UPSTREAMS
from gateway.config.problems import Loc, found, resembling, suggestion
from gateway.config.shape import known_keys
from gateway.core.text import printable

_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a map of keys",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "int_type": "a whole number",
    "less_than_equal": "at most {le}",
    "model_type": "a map of keys",
    "string_pattern_mismatch": "a kind of secret in lower case, such as token or user_id",
    "string_too_short": "some text",
    "string_type": "text",
    "tuple_type": "a list",
}
"""What was expected, by pydantic's type of error."""


class Complaint(Struct, frozen=True):
    """A problem at a place."""

    loc: Loc
    message: str


def complaints(error: ValidationError, data: Mapping[str, object]) -> list[Complaint]:
    """Return the problems of `data`. A missing key is left out if a misspelt key in the same map resembles it."""
    details = error.errors(include_url=False)
    unknown = [_loc(detail) for detail in details if detail["type"] == "extra_forbidden"]
    meant = {(*loc[:-1], resembling(str(loc[-1]), known_keys(loc[:-1]))) for loc in unknown}
    return [
        Complaint(_loc(detail), _message(detail, data))
        for detail in details
        if detail["type"] != "missing" or _loc(detail) not in meant
    ]


def _loc(detail: ErrorDetails) -> Loc:
    """Return the place, without the part that pydantic adds for a bad key."""
    loc = detail["loc"]
    return loc[:-1] if loc[-1:] == ("[key]",) else loc


def _message(detail: ErrorDetails, data: Mapping[str, object]) -> str:
    kind, loc, context = detail["type"], _loc(detail), detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(str(loc[-1]), known_keys(loc[:-1]))
    if kind == "missing":
        return f"expected a value, found none{_misspelt_upstream(loc, data)}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        words = str(context["expected"]).replace("'", "")
        like = (
            suggestion(detail["input"], words.replace(" or ", ", ").split(", "))
            if isinstance(detail["input"], str)
            else ""
        )
        return f"expected {words}, found {found(detail['input'])}{like}"
    expected = _EXPECTED.get(kind)
    if expected is None:
        return printable(f"{detail['msg']}, found {found(detail['input'])}")
    return f"expected {expected.format(**context)}, found {found(detail['input'])}"


def _unknown(key: str, known: tuple[str, ...]) -> str:
    return "unknown key" + (suggestion(key, known) or f"; known here: {', '.join(known)}")


def _misspelt_upstream(loc: Loc, data: Mapping[str, object]) -> str:
    """Suggest a known upstream if an unknown upstream has no origin."""
    entries = data.get("upstreams")
    if loc[:1] != ("upstreams",) or not isinstance(entries, dict):
        return ""
    complete = [str(name) for name, entry in entries.items() if isinstance(entry, dict) and "origin" in entry]
    return suggestion(str(loc[1]), [*BUILT_IN_UPSTREAMS, *complete])

"""Failures on request. The request header `X-Emulator-Status` names a documented code or a status.

Facts
-----
* The error has the form of the call's API. If only another API knows the code, the error has that API's form.
* If a code of v1 has several statuses, one of them may follow the code: `internal_error 405`.
* At the endpoints of decisions, the code of a resource is put into the entry of each resource.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.emulator.answers import json_answer
from gateway.emulator.catalogue_reader import near
from gateway.emulator.codes import REGISTRATION, V1, V2
from gateway.emulator.decisions import is_of_item, with_code
from gateway.emulator.errors import (
    Dialect,
    dialect_of,
    enhanced,
    enhanced_error,
    page_error,
    plain_error,
    registration_error,
    v1_enhanced_error,
    v1_error,
)
from gateway.emulator.model import Answer, Asked
from gateway.emulator.throttle import too_many

HEADER = "X-Emulator-Status"
LONGEST = 100
"""Longest header value that is read, in characters."""


def asked_for(asked: Asked) -> Answer | None:
    """Return the failure that a call asks for. None if it asks for no failure."""
    call = asked.call
    wanted = call.header(HEADER)[:LONGEST]
    if not wanted:
        return None
    code, _, number = wanted.partition(" ")
    status = int(number) if number.isascii() and number.isdigit() else 0
    if code in _STATUSES:
        return _STATUSES[code](asked)
    if status and status not in (V1[code].statuses if code in V1 else ()):
        return plain_error(call, 501, f"{HEADER}: expected a status that {code} can have, found {status}.")
    first: Dialect = "v1" if status else dialect_of(call.path)
    dialects: tuple[Dialect, ...] = (first, "v2", "v1", "dcr")
    known = next((_TELL[dialect] for dialect in dialects if code in _KNOWN[dialect]), None)
    if known is not None:
        return known(asked, code, status)
    every = (*_STATUSES, *V2, *V1, *REGISTRATION)
    return plain_error(
        call, 501, f"{HEADER}: expected a documented code, 500 or 429, found {wanted!r}{near(code.lower(), every)}."
    )


def _v2(asked: Asked, code: str, _: int) -> Answer:
    decides = "/decisions/" in asked.call.path and bool(asked.mvpd)
    return with_code(asked, code) if decides and is_of_item(code) else enhanced_error(asked.call, code)


def _fails(asked: Asked) -> Answer:
    """Fail with the status 500, in the simplest form of the call's API."""
    dialect = dialect_of(asked.call.path)
    if dialect == "v1":
        return v1_error(asked.call, 500)
    if dialect == "html":
        return page_error(asked.call, 500, V2["internal_server_error"].message)
    return json_answer(asked.call, 500, enhanced(asked.call, "internal_server_error"))


_KNOWN: Mapping[Dialect, Mapping[str, object]] = {"v2": V2, "v1": V1, "dcr": REGISTRATION, "html": V2}
_TELL: Mapping[Dialect, Callable[[Asked, str, int], Answer]] = {
    "v2": _v2,
    "v1": lambda asked, code, status: v1_enhanced_error(asked.call, code, status),
    "dcr": lambda asked, code, _: registration_error(asked.call, code),
    "html": lambda asked, code, _: page_error(asked.call, V2[code].status, f"{code}: {V2[code].message}"),
}
_STATUSES: Mapping[str, Callable[[Asked], Answer]] = {"429": lambda asked: too_many(asked.call), "500": _fails}

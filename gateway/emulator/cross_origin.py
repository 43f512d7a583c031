"""Lets apps in a browser read the answers of an emulator that runs by itself, from another origin than their own (CORS).

The documentation shows Access-Control fields on the 429 alone. That every answer has them is an assumption, and `cors` of the
options switches it off. A gateway before the emulator says the same in `gateway/core/adobe/cross_origin.py`; a test compares both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gateway.emulator.model import Answer

if TYPE_CHECKING:
    from gateway.emulator.model import Call

FIELDS = (
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Allow-Methods", "POST,GET,OPTIONS,DELETE"),
    (
        "Access-Control-Allow-Headers",
        # the 429's own, and then what v2's pages define
        (
            "Authorization, AP-Device-Identifier, AP-Session-Identifier, AP-SDK-Identifier, pass_sfp, "
            "X-Device-Info, AP-Visitor-Identifier, AP-Partner-Framework-Status, AP-TempPass-Identity, Adobe-Subject-Token, "
            "AD-Service-Token, X-Roku-Reserved-Roku-Connect-Token, Accept, Content-Type, X-Emulator-Status"
        ),
    ),
    (
        "Access-Control-Expose-Headers",
        (
            "pass_sfp, Authzf-Error-Code, Authzf-Sub-Error-Code, Authzf-Error-Details, "
            "X-Gateway-Audit, X-Gateway-Error, X-Gateway-Logout-Url, X-Gateway-Rewrite"
        ),
    ),
)

_ORIGIN = re.compile(r"[!-~]{1,512}")


def permission(call: Call) -> Answer:
    """Return the answer to OPTIONS."""
    return readable(call, Answer(204, "No Content", (("Allow", "POST, GET, OPTIONS, DELETE"),)))


def readable(call: Call, answer: Answer) -> Answer:
    """Return an answer that the page which asked may read; one to a call that names no origin stays as it is."""
    origin = call.header("Origin")
    named = _ORIGIN.fullmatch(origin) is not None
    if not named and call.method != "OPTIONS":
        return answer
    who = (("Access-Control-Allow-Origin", origin), ("Vary", "Origin")) if named else ()
    there = {name.lower() for name, _ in answer.headers}
    missing = tuple((name, value) for name, value in FIELDS if name.lower() not in there)
    return replace(answer, headers=(*answer.headers, *who, *missing))

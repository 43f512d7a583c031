"""Lets apps in a browser read the answers of an emulator without a gateway, from another origin (CORS).

The documentation shows Access-Control fields only on the 429. It is an assumption that every answer has them; the option `cors` switches
them off. A gateway before the emulator has the same fields in `gateway/core/adobe/cross_origin.py`. A test compares both.
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
        # the fields of the 429, then the fields of v2's pages
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
    """Return an answer that the calling web page may read. If the call names no origin, the answer stays as it is."""
    origin = call.header("Origin")
    named = _ORIGIN.fullmatch(origin) is not None
    if not named and call.method != "OPTIONS":
        return answer
    who = (("Access-Control-Allow-Origin", origin), ("Vary", "Origin")) if named else ()
    there = {name.lower() for name, _ in answer.headers}
    missing = tuple((name, value) for name, value in FIELDS if name.lower() not in there)
    return replace(answer, headers=(*answer.headers, *who, *missing))

"""A code is valid until its session's notAfter, usually for half an hour. Afterwards, polling finds nothing, and the user needs a new code.

The check reads notAfter from the answer that made the code, or that describes the session. Polling is allowed for one more minute. The
finding comes once for each code.
"""

from typing import TypeAlias

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call, tag
from gateway.core.checking import About, Noticed, SeenExchange

MOST = 4
"""Number of codes of a device that are remembered."""
FORGIVEN = 60.0
_MAKING = ("v2 create session", "v2 partner session", "v1 create regcode")
_TELLING = ("v2 session", "v2 resume session", "v1 regcode")
_POLLING = ("v2 profile by code", "v1 check authentication by code")

Codes: TypeAlias = tuple[tuple[str, float], ...]
"""Codes, as tags, and when each ends."""


def _source(call: Call) -> str | None:
    if not call.source_tag or not call.is_on(*_MAKING, *_TELLING, *_POLLING):
        return None
    return call.source_tag


@About(
    id="THR007",
    severity="warning",
    title="Polling with a code that has ended",
    page=pages.CHECKLIST,
    fix="Stop polling at notAfter, and show a new code when the user asks for one.",
    reads=("ap-device-identifier", "x-forwarded-for"),
).over_time(_source, remembers=lambda answer: answer.session is not None)
def polling_after_end(before: Codes | None, seen: SeenExchange) -> tuple[Codes | None, tuple[Noticed, ...]]:
    """Remember the last few codes, and when each ends."""
    known = before or ()
    named = seen.call.code
    if seen.call.is_on(*_POLLING):
        code = tag(named)
        ends = next((end for other, end in known if other == code), None)
        if ends is None or seen.at <= ends + FORGIVEN:
            return before, ()
        found = f"a code that ended {seen.at - ends:.0f} s before"
        after = tuple(entry for entry in known if entry[0] != code)
        return after or None, (Noticed("path", found, "a new code, or no polling"),)
    session = seen.answer.session if seen.answer is not None else None
    if session is None or session.ends is None or not (session.code or named):
        return before, ()
    code = tag(session.code or named)
    if (code, session.ends) in known:
        return before, ()
    return (*(entry for entry in known if entry[0] != code), (code, session.ends))[-MOST:], ()

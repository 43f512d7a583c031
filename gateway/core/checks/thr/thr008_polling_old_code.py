"""A new code ends the session of the earlier code. Polling goes on with the new code only.

The finding comes once for each code.
"""

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call, tag
from gateway.core.checking import About, Noticed, SeenExchange

MOST = 4
_MAKING = ("v2 create session", "v2 partner session")


class SessionCodes(Struct, frozen=True, array_like=True, gc=False):
    """The codes of a device, as tags."""

    newest: str
    older: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Estimated size in bytes."""
        return 250 + 120 * len(self.older)


def _source(call: Call) -> str | None:
    if not call.source_tag or not call.is_on(*_MAKING, "v2 profile by code"):
        return None
    return f"{call.provider} {call.source_tag}"


@About(
    id="THR008",
    severity="warning",
    title="Polling with an older code",
    page=pages.CHECKLIST,
    fix="Stop the polling of the old code when a new one is made.",
    reads=("ap-device-identifier", "x-forwarded-for"),
).over_time(_source, remembers=lambda answer: answer.session is not None)
def polling_old_code(
    before: SessionCodes | None, seen: SeenExchange
) -> tuple[SessionCodes | None, tuple[Noticed, ...]]:
    """Remember the newest code, and the earlier codes without a finding."""
    if not seen.call.is_on(*_MAKING):
        code = tag(seen.call.code)
        if before is None or code not in before.older:
            return before, ()
        after = replace(before, older=tuple(old for old in before.older if old != code))
        return after, (Noticed("path", "a code before the newest one", "the code of the newest session"),)
    session = seen.answer.session if seen.answer is not None else None
    if session is None or not session.code:
        return before, ()
    code = tag(session.code)
    if before is None or before.newest == code:
        return before or SessionCodes(code), ()
    older = (*(old for old in before.older if old != code), before.newest)
    return SessionCodes(code, older[-MOST:]), ()

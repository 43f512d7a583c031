"""An error's action says what helps. If an app repeats the call without doing so, it gets the same answer.

With the action retry, an app may try two or three times more, each time later. AUTH012 checks calls after a 401, THR002 calls after a 429.
After a 5xx, an app may try again. Polling does not count. Requests for profiles before a login do not count. Errors about parameters of a
body do not count, because the body may have changed.
"""

from typing import ClassVar

from msgspec import Struct

from gateway.core.adobe import pages
from gateway.core.adobe.answer import Answer
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, SeenExchange

SOON = 60.0
"""Seconds in which the same call counts as a repetition."""
TRIES = 3
_PROFILES = (
    *("v2 profile by code", "v2 profiles", "v2 profile"),
    *("v1 authentication token", "v1 check authentication", "v1 check authentication by code"),
)
"""Routes by which an app hears of a login (server-to-server cookbook)."""
_PASSED_OVER = frozenset({401, 429})
_BODIES = ("_resources", "_mvpd", "_redirect_url", "_saml_response", "_domain_name")


class RefusedCall(Struct, frozen=True, array_like=True, gc=False):
    """The last call of a device, if it was refused."""

    call: str
    at: float
    code: str
    action: str
    times: int = 1

    size: ClassVar[int] = 500
    """Estimated size in bytes."""


def _source(call: Call) -> str | None:
    if call.version not in {"v1", "v2"} or call.route is None or call.route.browser:
        return None
    return call.source_tag or None


@About(
    id="FLOW002",
    severity="warning",
    title="The same call again after an error",
    page=pages.ERRORS,
    fix="Do what the error's action asks for. Repeat a call only for the action retry, two or three times, each time later.",
    reads=("ap-device-identifier", "x-forwarded-for"),
    quotes_body=True,
).over_time(_source, remembers=lambda answer: answer.error is not None)
def error_repeated(before: RefusedCall | None, seen: SeenExchange) -> tuple[RefusedCall | None, tuple[Noticed, ...]]:
    """Remember the last call if it was refused."""
    again = before is not None and before.call == seen.call.whole_tag and 0 <= seen.at - before.at <= SOON
    times = before.times + 1 if again and before is not None else 1
    after = _failed(seen, seen.answer, times) if seen.answer is not None else None
    if before is None or not again or (before.action == "retry" and times <= TRIES + 1):
        return after, ()
    how = f"the same call, number {times}" if before.action == "retry" else "the same call"
    found = f"{how}, {seen.at - before.at:.0f} s after {before.code}"
    expected = "two or three tries" if before.action == "retry" else f"first, what the action {before.action} asks for"
    return after, (Noticed("time", found, expected),)


def _failed(seen: SeenExchange, answer: Answer, times: int) -> RefusedCall | None:
    """Return the part of a refusal that is remembered. None if the call may be repeated."""
    error = answer.error
    if error is None or not error.action or answer.status in _PASSED_OVER or answer.status >= 500:  # noqa: PLR2004  # Adobe's side
        return None
    if error.action == "authentication" and seen.call.is_on(*_PROFILES):
        return None
    if seen.call.route is not None and seen.call.route.content and error.code.endswith(_BODIES):
        return None
    return RefusedCall(seen.call.whole_tag, seen.at, error.code, error.action, times)

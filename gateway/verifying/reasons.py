"""Reasons why an interaction cannot be verified."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Reason(Struct, frozen=True):
    """Why an interaction cannot be verified, in words that follow a number: 2 `recorded 401s of other tokens`."""

    one: str
    many: str = ""
    """The words for several interactions. Empty if they are the same as for one."""
    answered: bool = True
    """False if the request should have been answered by the API, and was not."""

    def __call__(self, number: int) -> str:
        """Return the words with a number of interactions."""
        return f"{number} {self.one if number == 1 or not self.many else self.many}"


def no_answer(code: str) -> Reason:
    """Return the reason for a request that the gateway itself answered."""
    return Reason(f"without an answer ({code})", answered=False)


LOGOUT = Reason("logout (--allow-destructive)", "logouts (--allow-destructive)")
CHANGES = Reason(
    "request that may change something (--allow-destructive)",
    "requests that may change something (--allow-destructive)",
)
WAS_THROTTLED = Reason("recorded 429")
WAS_REFUSED = Reason("recorded 401 of another token", "recorded 401s of other tokens")
LOGGED_IN = Reason("recorded while the device was logged in")
FOLLOWS = Reason("follows a logout that was not sent", "follow a logout that was not sent")
REFUSED = Reason("because the token was refused", answered=False)
THROTTLES = Reason("throttled", answered=False)
OUT_OF_ORDER = Reason("because the upstream is out of order", answered=False)
_GONE = tuple(map(no_answer, ("upstream_unreachable", "upstream_tls")))
LAST: Mapping[Reason, Reason] = {
    **dict(zip(_GONE, _GONE, strict=True)),
    REFUSED: Reason("not sent because the token was refused", answered=False),
    THROTTLES: Reason("not sent because the upstream throttles", answered=False),
}
"""Reasons after which nothing more is sent, since each later request would fail, too. The value is the reason of the later requests."""
TOO_LARGE = Reason("whose answer is cut off, or larger than limits.max_body", answered=False)

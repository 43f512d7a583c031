"""Results that depend on a request's head, kept with the head: the same head costs nothing the second time.

Facts
-----
* What checks, redaction and matching make of a head depends on nothing else. Each step keeps its result under itself, in the memo that
  every exchange with this head shares; what a result depends on besides, the step keeps beside it and compares.
* A memo speaks of one head without a body. A request that a rule has changed, or that has a body, has none: `memo_of` looks.
* It is a way to find things again, and no part of a request. Most heads that come once never come again: their results end with the exchange.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from gateway.core.model import Headers, Request

Results: TypeAlias = dict[object, Any]

SIZE = 5 << 10
"""About how many bytes the results of one head take, besides its fields: with them a head of a device measures 18 KB, and is counted as 20."""


class Aside:
    """An attachment of a message. It plays no part when messages are compared."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Aside)

    def __hash__(self) -> int:
        return hash(None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Keepsake:
    """What is kept of an exchange by the log, by the journal and by the writer of its reply, for when it is had again."""

    __slots__ = ("size", "told", "written")

    def __init__(self) -> None:
        self.size: int | None = None
        """Bytes with which a journal counts the exchange."""
        self.told: Any = None
        self.written: Any = None


class Memo(Aside):
    """The results for one head: a method, a target and header fields."""

    __slots__ = ("_kept", "headers", "lasts", "method", "results", "target")

    def __init__(self, method: str, target: str, headers: Headers, kept: Keepsake | None = None) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.results: Results | None = {}
        self.lasts = False
        """Whether the head is remembered, and its results with it."""
        self._kept = kept

    @property
    def kept(self) -> Keepsake:
        """What is kept of exchanges with this head, and shared by all memos of it."""
        kept = self._kept
        if kept is None:
            kept = self._kept = Keepsake()
        return kept

    def end(self) -> None:
        """Forget the results when the exchange has ended, unless the head is remembered: whoever keeps the exchange would keep them, too."""
        if not self.lasts:
            self.results = None

    def emptied(self, headers: Headers | None = None) -> Memo:
        """Return one that has what is kept, and neither has nor takes results: these take kilobytes.

        It is of the same head, or of one with other `headers` of which the same is kept.
        """
        memo = Memo(self.method, self.target, self.headers if headers is None else headers, self.kept)
        memo.results = None
        return memo


def memo_of(request: Request) -> Results | None:
    """Return the results for a request's head so far; None if nothing is kept of it."""
    memo = request.memo
    return memo.results if memo is not None and _speaks_of(memo, request) else None


def kept_of(request: Request) -> Keepsake | None:
    """Return what is kept of exchanges with a request's head; None where nothing is."""
    memo = request.memo
    return memo.kept if memo is not None and _speaks_of(memo, request) else None


def _speaks_of(memo: Memo, request: Request) -> bool:
    return (
        memo.headers is request.headers
        and memo.target is request.target
        and memo.method is request.method
        and request.body == b""
    )

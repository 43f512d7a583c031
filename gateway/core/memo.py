"""Results that depend on a request's head, kept with the head. So the same head costs nothing the second time.

Facts
-----
* Checks, redaction and matching get their results from the head. All exchanges with this head share one memo. Each step keeps its result
  there, under itself. If a result depends on other values, too, the step keeps these values with it, and compares them.
* A memo belongs to one head without a body. A request that a rule has changed, or that has a body, has no memo; `memo_of` checks this.
* A memo is a cache, and not a part of a request. Most heads never come again; their results end with the exchange.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from gateway.core.model import Headers, Request

Results: TypeAlias = dict[object, Any]

SIZE = 5 << 10
"""Rough size of the results of one head, without its fields, in bytes. With its fields, a device's head takes 18 KB, and counts as 20."""


class Aside:
    """An attachment of a message. A comparison of messages ignores it."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Aside)

    def __hash__(self) -> int:
        return hash(None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Keepsake:
    """The values that the log, the journal and the writer of the reply keep of an exchange, for its repetitions."""

    __slots__ = ("path", "recorded", "size", "told", "written")

    def __init__(self) -> None:
        self.size: int | None = None
        """Size of the exchange in a journal, in bytes."""
        self.path: Any = None
        """The path without secrets, as the log found it."""
        self.recorded: Any = None
        """The legs of the exchange, if one of them is recorded. None if this is not known, or if no leg is recorded."""
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
        """Whether the head and its results are remembered."""
        self._kept = kept

    @property
    def kept(self) -> Keepsake:
        """The kept values of exchanges with this head. All memos of this head share them."""
        kept = self._kept
        if kept is None:
            kept = self._kept = Keepsake()
        return kept

    def end(self) -> None:
        """Forget the results when the exchange has ended, unless the head is remembered. Otherwise a kept exchange would keep them, too."""
        if not self.lasts:
            self.results = None

    def emptied(self, headers: Headers | None = None) -> Memo:
        """Return a memo with the same kept values, but without results. It accepts no results, which take kilobytes.

        It is of the same head, or of a head with other `headers` that has the same kept values.
        """
        memo = Memo(self.method, self.target, self.headers if headers is None else headers, self.kept)
        memo.results = None
        return memo


def memo_of(request: Request) -> Results | None:
    """Return the results so far for a request's head. None if results are not kept for it."""
    memo = request.memo
    if (
        memo is None
        or memo.headers is not request.headers
        or memo.target is not request.target
        or memo.method is not request.method
        or request.body != b""
    ):
        return None
    return memo.results  # the same as in `_own_memo`, to save a call: each exchange asks a dozen times


def kept_of(request: Request) -> Keepsake | None:
    """Return the kept values of exchanges with a request's head. None without a memo."""
    memo = _own_memo(request)
    return memo.kept if memo is not None else None


def _own_memo(request: Request) -> Memo | None:
    """Return the memo of a request. None if the memo belongs to an earlier head, or if the request has a body."""
    memo = request.memo
    if (
        memo is None
        or memo.headers is not request.headers
        or memo.target is not request.target
        or memo.method is not request.method
        or request.body != b""
    ):
        return None
    return memo

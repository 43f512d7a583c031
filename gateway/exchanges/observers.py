"""The observers of exchanges: a list. An observer that fails stops no exchange."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from gateway.core.model import Exchange
from gateway.core.tracebacks import place_of

if TYPE_CHECKING:
    from gateway.exchanges.repeat import Repeat

T = TypeVar("T")

SLOW = 0.05
"""Seconds in which an observer should be done: it is called on the event loop, where everybody waits for it."""


class Observer(Protocol):
    """Hears of exchanges, and of what the gateway itself noticed. It must not block: it hands long work on, within bounds."""

    def began(self, exchange: Exchange) -> None:
        """Hear of an exchange that begins: nothing is sent yet, and its reply is UNANSWERED."""

    def ended(self, exchange: Exchange) -> None:
        """Hear of an exchange that has ended: the reply's last byte is out, or the client has left."""

    def warn(self, event: str, **about: object) -> None:
        """Hear of something that went wrong; `about` quotes nothing of a request."""


class OfRepeats(Protocol):
    """An optional method of an observer that can report a repeated exchange with less work."""

    def repeated(self, repeat: Repeat) -> None:
        """Hear of the end of a repeated exchange, in place of `ended`."""


class EndOnly:
    """The base of an observer that hears only of the end of each exchange."""

    def began(self, exchange: Exchange) -> None:
        """Do nothing. `Observers` does not even call this."""


class Unheard(Struct):
    """How often observers and the audit failed, were full or were slow."""

    observers_failed: int = 0
    """An observer raised."""
    observers_full: int = 0
    """An observer had no space left for what it heard."""
    observers_slow: int = 0
    """An observer took longer than `SLOW`."""
    audits_failed: int = 0
    """The audit raised outside of its checks. Each check has its own count."""


class Observers:
    """The list of observers. Each one hears everything, in the order of the list."""

    def __init__(self, observers: Sequence[Observer] = (), *, timer: Callable[[], float] = perf_counter) -> None:
        """`timer` returns seconds that only grow."""
        self._observers = tuple(observers)
        self._began = [each.began for each in observers if getattr(each.began, "__func__", None) is not EndOnly.began]
        self._ended = [each.ended for each in observers]
        self._repeated = [_hears_repeats(each) for each in observers]
        self._timer = timer
        self._warning = False
        self.unheard = Unheard()

    def and_also(self, observer: Observer) -> Observers:
        """Return this list with one more observer. Both lists share their counts."""
        more = Observers([*self._observers, observer], timer=self._timer)
        more.unheard = self.unheard
        return more

    def after(self, before: Observers) -> Observers:
        """Go on with the counts of `before`, which this list replaces."""
        self.unheard = before.unheard
        return self

    def began(self, exchange: Exchange) -> None:
        """Tell all that an exchange begins."""
        if self._began:
            self._tell(self._began, exchange)

    def ended(self, exchange: Exchange) -> None:
        """Tell all that an exchange has ended."""
        self._tell(self._ended, exchange)

    def repeating(self, repeat: Repeat) -> None:
        """Tell all that a repeated exchange begins."""
        if self._began:
            self._tell(self._began, repeat.began)

    def repeated(self, repeat: Repeat) -> None:
        """Tell all that a repeated exchange has ended."""
        self._tell(self._repeated, repeat)

    def warn(self, event: str, **about: object) -> None:
        """Tell all what went wrong."""
        self._tell([partial(each.warn, **about) for each in self._observers], event)  # type: ignore[arg-type]  # `about` has no key `event`

    def audit_failed(self, error: Exception) -> None:
        """Count and report that the audit raised."""
        self.unheard.audits_failed += 1
        self._say(error, self.unheard.audits_failed)

    def _tell(self, listeners: Sequence[Callable[[T], None]], about: T) -> None:
        began = self._timer()
        for hear in listeners:
            try:
                hear(about)
            except (asyncio.QueueFull, queue.Full):  # the observer itself reports what it has lost
                self.unheard.observers_full += 1
            except Exception as error:  # noqa: BLE001  # an observer that fails stops no exchange
                self.unheard.observers_failed += 1
                self._say(error, self.unheard.observers_failed)
            now = self._timer()
            if now - began > SLOW:
                self.unheard.observers_slow += 1
            began = now

    def _say(self, error: Exception, failures: int) -> None:
        """Warn all of the first failure, and whenever the count has doubled. A failure during this warning is only counted."""
        if self._warning or failures & (failures - 1):
            return
        self._warning = True
        try:
            self.warn("watching failed", error=type(error).__name__, where=place_of(error), failures=failures)
        finally:
            self._warning = False


def _hears_repeats(observer: Observer) -> Callable[[Repeat], None]:
    """Return an observer's `repeated`; if it has no such method, its `ended`."""
    hear: Callable[[Repeat], None] | None = getattr(observer, "repeated", None)
    return hear if hear is not None else lambda repeat: observer.ended(repeat.exchange)

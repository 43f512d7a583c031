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
    """What hears of exchanges and of what the gateway noticed itself. It does not block: what takes long it hands on, within bounds."""

    def began(self, exchange: Exchange) -> None:
        """Hear of an exchange that begins: nothing is sent yet, and its reply is UNANSWERED."""

    def ended(self, exchange: Exchange) -> None:
        """Hear of it again when its last byte is out, or its client has left."""

    def warn(self, event: str, **about: object) -> None:
        """Hear of something that went wrong; `about` quotes nothing of a request."""


class OfRepeats(Protocol):
    """What an observer may offer besides, if it can tell of a repeated exchange with less work."""

    def repeated(self, repeat: Repeat) -> None:
        """Hear of the end of a repeated exchange, in place of `ended`."""


class EndOnly:
    """What an observer is made of that waits for the end of each exchange."""

    def began(self, exchange: Exchange) -> None:
        """Wait for its end; so it is not told."""


class Unheard(Struct):
    """How often observers and the audit failed, were full or were slow."""

    observers_failed: int = 0
    """An observer raised."""
    observers_full: int = 0
    """An observer had no room left for what it heard."""
    observers_slow: int = 0
    """An observer took longer than `SLOW`."""
    audits_failed: int = 0
    """The audit raised, outside of its checks, which are counted one by one."""


class Observers:
    """The list. Each hears everything, in order."""

    def __init__(self, observers: Sequence[Observer] = (), *, timer: Callable[[], float] = perf_counter) -> None:
        """`timer` tells seconds that pass."""
        self._observers = tuple(observers)
        self._began = [each.began for each in observers if getattr(each.began, "__func__", None) is not EndOnly.began]
        self._ended = [each.ended for each in observers]
        self._repeated = [_hears_repeats(each) for each in observers]
        self._timer = timer
        self._warning = False
        self.unheard = Unheard()

    def and_also(self, observer: Observer) -> Observers:
        """Return the list with one more in it; what is counted is counted in both."""
        more = Observers([*self._observers, observer], timer=self._timer)
        more.unheard = self.unheard
        return more

    def after(self, before: Observers) -> Observers:
        """Go on counting where `before` counts, whose place this one takes."""
        self.unheard = before.unheard
        return self

    def began(self, exchange: Exchange) -> None:
        """Tell all that an exchange begins."""
        if self._began:
            self._tell(self._began, exchange)

    def ended(self, exchange: Exchange) -> None:
        """Tell all that it has ended."""
        self._tell(self._ended, exchange)

    def repeating(self, repeat: Repeat) -> None:
        """Tell all that an exchange begins which is repeated."""
        if self._began:
            self._tell(self._began, repeat.began)

    def repeated(self, repeat: Repeat) -> None:
        """Tell all that it has ended."""
        self._tell(self._repeated, repeat)

    def warn(self, event: str, **about: object) -> None:
        """Tell all what went wrong."""
        self._tell([partial(each.warn, **about) for each in self._observers], event)  # type: ignore[arg-type]  # nothing in it is called event

    def audit_failed(self, error: Exception) -> None:
        """Count that the audit raised, and say it."""
        self.unheard.audits_failed += 1
        self._say(error, self.unheard.audits_failed)

    def _tell(self, listeners: Sequence[Callable[[T], None]], about: T) -> None:
        began = self._timer()
        for hear in listeners:
            try:
                hear(about)
            except (asyncio.QueueFull, queue.Full):  # it will say itself what it has lost
                self.unheard.observers_full += 1
            except Exception as error:  # noqa: BLE001  # that is the point
                self.unheard.observers_failed += 1
                self._say(error, self.unheard.observers_failed)
            now = self._timer()
            if now - began > SLOW:
                self.unheard.observers_slow += 1
            began = now

    def _say(self, error: Exception, failures: int) -> None:
        """Tell all of the first failure, and each time that they have doubled; of one at hearing of this nothing more is said."""
        if self._warning or failures & (failures - 1):
            return
        self._warning = True
        try:
            self.warn("watching failed", error=type(error).__name__, where=place_of(error), failures=failures)
        finally:
            self._warning = False


def _hears_repeats(observer: Observer) -> Callable[[Repeat], None]:
    """Return the `repeated` of an observer; of one that has none, its `ended`."""
    hear: Callable[[Repeat], None] | None = getattr(observer, "repeated", None)
    return hear if hear is not None else lambda repeat: observer.ended(repeat.exchange)

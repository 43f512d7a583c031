"""The log of one test. Its last lines are kept, and shown if the test fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from time import time

from gateway.core.model import Severity
from gateway.core.severity import at_least
from gateway.core.times import stamp
from gateway.exchanges.console import event_text, exchange_text
from gateway.exchanges.logged import Logged

KEPT = 100
"""Largest number of kept exchanges and warnings. The last ones are kept."""


class KeptLog:
    """A sink that keeps exchanges and warnings. It makes lines only when somebody reads them."""

    def __init__(self, least: Severity) -> None:
        """`least` is the lowest severity that is kept."""
        self._least = least
        self._kept: deque[Logged | Mapping[str, object]] = deque(maxlen=KEPT)

    def takes(self, level: Severity) -> bool:
        """Whether a severity is kept."""
        return at_least(level, self._least)

    def exchange(self, logged: Logged) -> None:
        """Keep an exchange."""
        self._kept.append(logged)

    @property
    def one_line(self) -> None:
        """Return no line: lines are made only when somebody reads them."""

    def line(self, text: str) -> None:
        """Ignore a line."""

    def warn(self, event: str, **about: object) -> None:
        """Keep a warning."""
        if self.takes("warning"):
            self._kept.append({"event": event, "level": "warning", "timestamp": stamp(time()), **about})

    def text(self) -> str:
        """Return the kept lines for a person. Empty if there are no lines."""
        said = [
            exchange_text(kept).rstrip("\n") if isinstance(kept, Logged) else event_text(kept)
            for kept in tuple(self._kept)
        ]
        return "\n".join(said)

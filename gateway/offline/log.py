"""The log of one test: the last lines are kept, and shown when the test fails."""

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
"""Exchanges and warnings that are kept; of more the last."""


class KeptLog:
    """A sink that keeps what it takes. A line is made of it when somebody reads."""

    def __init__(self, least: Severity) -> None:
        """`least` is the least severity that is kept."""
        self._least = least
        self._kept: deque[Logged | Mapping[str, object]] = deque(maxlen=KEPT)

    def takes(self, level: Severity) -> bool:
        """Whether a level is bad enough."""
        return at_least(level, self._least)

    def exchange(self, logged: Logged) -> None:
        """Keep an exchange."""
        self._kept.append(logged)

    @property
    def one_line(self) -> None:
        """Nobody may ever read it, so no line is made before somebody does."""

    def line(self, text: str) -> None:
        """Take no line: none is made."""

    def warn(self, event: str, **about: object) -> None:
        """Keep a warning."""
        if self.takes("warning"):
            self._kept.append({"event": event, "level": "warning", "timestamp": stamp(time()), **about})

    def text(self) -> str:
        """Return the kept lines, for a person; empty if there are no lines."""
        said = [
            exchange_text(kept).rstrip("\n") if isinstance(kept, Logged) else event_text(kept)
            for kept in tuple(self._kept)
        ]
        return "\n".join(said)

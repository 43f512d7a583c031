"""The last exchanges of a killed worker, for the page: they are in the fleet's stream, and were not yet handed to the supervisor.

Facts
-----
* Workers hand whole exchanges to their supervisor, which shows them. The stream has the same exchanges, redacted, and often earlier. So an
  exchange from the stream waits here until its worker hands it over. It is shown only if the worker ends first.
* The waiting exchanges take at most `WAITING` bytes. Beyond this limit the oldest ones are dropped, and never shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from gateway.core.bounded import Bounded
from gateway.core.model import Exchange
from gateway.fleet.shown import exchange_of

if TYPE_CHECKING:
    from gateway.fleet.stream import Passed  # this module needs the extra `fleet`; a gateway with workers may lack it

WAITING = 8 << 20
"""Largest size of the waiting exchanges together, in bytes."""
HANDED = 4 << 20
"""Largest size of the ids of handed-over exchanges together, in bytes: about 20,000 ids."""
ENDED = 64
"""Number of ended workers that are remembered, since the stream may still have exchanges of theirs."""


class _Entry(msgspec.Struct):
    id: str


_decoder = msgspec.json.Decoder(_Entry)


class LeftBehind:
    """The exchanges of a supervisor's workers, as the stream has them."""

    def __init__(self, show: Callable[[Exchange], None]) -> None:
        """`show` shows an exchange whose worker has ended."""
        self._show = show
        self._runs: dict[int, str] = {}
        self._ended: deque[str] = deque(maxlen=ENDED)
        self._handed: Bounded[str, bool] = Bounded("exchanges that workers handed over", HANDED)
        self._waiting: deque[tuple[str, Passed]] = deque()
        self._held = 0

    def begins(self, number: int, run: str) -> None:
        """Note the name of the worker at a place."""
        self._runs[number] = run

    def ends(self, number: int) -> None:
        """Show the exchanges that the worker at a place had not handed over."""
        run = self._runs.pop(number, "")
        self._ended.append(run)
        waiting, self._waiting, self._held = self._waiting, deque(), 0
        for id_, passed in waiting:
            if passed.run == run:
                self._shown(id_, passed)
            else:
                self._wait(id_, passed)

    def handed(self, id_: str) -> None:
        """Note that a worker has handed over an exchange."""
        self._handed.put(id_, value=True)

    def hear(self, passed: Passed) -> None:
        """Take an exchange of a worker from the stream."""
        try:
            id_ = _decoder.decode(passed.entry).id
        except msgspec.DecodeError:
            return
        if passed.run in self._ended:
            self._shown(id_, passed)
        elif not self._is_handed(id_):
            self._wait(id_, passed)

    def _wait(self, id_: str, passed: Passed) -> None:
        waiting = self._waiting
        waiting.append((id_, passed))
        self._held += len(passed.entry)
        while waiting and (self._held > WAITING or self._is_handed(waiting[0][0])):
            self._held -= len(waiting.popleft()[1].entry)

    def _shown(self, id_: str, passed: Passed) -> None:
        if self._is_handed(id_):
            return
        self.handed(id_)
        try:
            exchange = exchange_of(passed.entry, passed.gateway)
        except ValueError:
            return
        self._show(exchange)

    def _is_handed(self, id_: str) -> bool:
        return self._handed.get(id_, default=False)

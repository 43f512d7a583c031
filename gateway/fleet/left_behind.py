"""The last exchanges of a killed worker: it had put them into the fleet's stream, but not yet handed them to its supervisor. The page still shows them.

Facts
-----
* A supervisor shows its workers' exchanges when they hand them over, whole. The stream has the same exchanges redacted, and often earlier. So an
  exchange from the stream waits until the worker hands it over. It is shown only if the worker ends before.
* The waiting exchanges have a bound (`WAITING`, in bytes). Beyond it, the oldest are dropped, and not shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from gateway.core.bounded import Bounded
from gateway.core.model import Exchange
from gateway.fleet.shown import exchange_of
from gateway.fleet.stream import Passed

WAITING = 8 << 20
"""Bytes of the exchanges that wait, at most."""
HANDED = 4 << 20
"""Bytes for the ids of exchanges that were handed over, some 20,000 ids."""
ENDED = 64
"""How many ended workers are remembered: the stream may still have exchanges of theirs."""


class _Entry(msgspec.Struct):
    id: str


_decoder = msgspec.json.Decoder(_Entry)


class LeftBehind:
    """The exchanges of a supervisor's workers as the stream has them."""

    def __init__(self, show: Callable[[Exchange], None]) -> None:
        """`show` shows an exchange whose worker has ended."""
        self._show = show
        self._runs: dict[int, str] = {}
        self._ended: deque[str] = deque(maxlen=ENDED)
        self._handed: Bounded[str, bool] = Bounded("exchanges that workers handed over", HANDED)
        self._waiting: deque[tuple[str, Passed]] = deque()
        self._held = 0

    def begins(self, number: int, run: str) -> None:
        """Note what the worker of a place is called."""
        self._runs[number] = run

    def ends(self, number: int) -> None:
        """Show what the worker of a place has left behind."""
        run = self._runs.pop(number, "")
        self._ended.append(run)
        waiting, self._waiting, self._held = self._waiting, deque(), 0
        for id_, passed in waiting:
            if passed.run == run:
                self._shown(id_, passed)
            else:
                self._wait(id_, passed)

    def handed(self, id_: str) -> None:
        """Note that a worker has handed an exchange over."""
        self._handed.put(id_, value=True)

    def hear(self, passed: Passed) -> None:
        """Hear what the stream tells of a worker."""
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

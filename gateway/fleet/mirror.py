"""The exchanges that a supervisor's page shows: all workers' exchanges in one journal, fetched when somebody looks.

Facts
-----
* A worker keeps its last exchanges itself. So a slow or dead supervisor delays nothing, and no queue can fill.
* While nobody looks, the supervisor fetches a few exchanges a second (`UNWATCHED`). Sending all of them would take a tenth of the workers'
  time.
* While somebody looks, the supervisor fetches all exchanges in each beat, in answers of limited size.
* In a fleet the supervisor fetches all exchanges each second, even if nobody looks. The exchanges of other gateways arrive by themselves,
  and the page must show all exchanges in order.
* The page does not show exchanges that a worker dropped before the supervisor fetched them, or that a killed worker had not handed over.
  Recordings and history have them, since the workers write both.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic

from gateway.core.model import Exchange
from gateway.exchanges.journal import Journal
from gateway.fleet.carried import arrived
from gateway.fleet.orders import Fetch, Fetched
from gateway.fleet.supervisor import Supervisor, WorkerSlot

AT_ONCE = 100
"""Largest number of exchanges in one answer. The supervisor reads them in one step of some milliseconds."""
BEAT_SECONDS = 0.25
UNWATCHED = 20
"""Number of exchanges that are fetched from each worker per second while nobody looks."""
MOST_HEARD = 10_000
"""Largest number of other gateways' exchanges that wait for the next fetch."""
IDLE_SECONDS = 1.0
WATCHED_SECONDS = 5.0
"""After somebody has looked, exchanges are fetched in each beat for this many seconds."""
PATIENCE = 1.0
"""Longest time that a viewer waits for the workers, in seconds."""


class Mirror:
    """Fetches the workers' exchanges into one journal."""

    def __init__(
        self,
        supervisor: Supervisor,
        journal: Journal,
        *,
        named: Callable[[Exchange], Exchange] = lambda exchange: exchange,
        seen: Callable[[], None] = lambda: None,
        handed: Sequence[Callable[[Exchange], None]] = (),
        unwatched: int | None = UNWATCHED,
    ) -> None:
        """`unwatched` is the number of exchanges that are fetched from a worker per second while nobody looks; None: all.

        `named` returns the exchange with the device's common name, whichever worker named the device. `seen` is called after each fetch.
        `handed`: functions that are called with each fetched exchange.
        """
        self._named = named
        self._supervisor = supervisor
        self._journal = journal
        self._seen = seen
        self._handed = handed
        self._after: dict[int, tuple[object, int]] = {}
        """For each place: the process that was asked last, and the number of the last exchange that it handed over."""
        self._watched = 0.0
        self._unwatched = unwatched
        self._heard: deque[Exchange] = deque(maxlen=MOST_HEARD)
        self._turn = asyncio.Lock()
        self.passed_over = 0
        """Number of exchanges that workers dropped before they were fetched."""

    async def run(self) -> None:
        """Fetch exchanges regularly, until cancelled."""
        while True:
            watched = monotonic() < self._watched
            await self._look(self._unwatched if not watched else None)
            await asyncio.sleep(BEAT_SECONDS if watched else IDLE_SECONDS)

    async def caught_up(self) -> None:
        """Fetch all exchanges that the workers hand over within `PATIENCE`."""
        self._watched = monotonic() + WATCHED_SECONDS
        try:
            async with asyncio.timeout(PATIENCE):
                await self._look(None)
        except TimeoutError:
            return

    def heard(self, exchange: Exchange) -> None:
        """Show an exchange of another gateway, in order of time with the workers' exchanges."""
        self._heard.append(exchange)

    async def _look(self, most: int | None) -> None:
        """Fetch `most` exchanges of each worker; None: all."""
        async with self._turn:
            fetched: list[Exchange] = []
            try:
                await asyncio.gather(*(self._fetch(slot, most, fetched) for slot in self._supervisor.answering))
            finally:  # the viewer may stop waiting before all workers have answered
                for exchange in fetched:
                    for tell in self._handed:
                        tell(exchange)
                shown = [*map(self._named, fetched), *self._heard]
                self._heard.clear()
                for exchange in sorted(shown, key=_end_of):
                    self._journal.ended(exchange)
            self._seen()

    async def _fetch(self, slot: WorkerSlot, most: int | None, fetched: list[Exchange]) -> None:
        process, after = self._after.get(slot.number, (None, 0))
        if process is not slot.process:
            after = 0
        while True:
            asked = slot.process
            answer = await self._supervisor.ask(slot, Fetch(after, AT_ONCE if most is None else most), PATIENCE)
            if not isinstance(answer, Fetched) or asked is not slot.process:
                return
            slot.numbers = answer.numbers
            fetched += map(arrived, answer.exchanges)
            self.passed_over += answer.passed_over
            after = answer.last
            self._after[slot.number] = (asked, after)
            if most is not None or not answer.more:
                return


def _end_of(exchange: Exchange) -> float:
    return exchange.at + exchange.elapsed_ms / 1000

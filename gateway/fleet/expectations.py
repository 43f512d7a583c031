"""Expectations of a gateway with several workers in a fleet. A matching request may reach any worker; exactly one gives the answer.

Facts
-----
* The supervisor tells all workers about all expectations. A worker with a matching request asks the fleet's state whether another worker
  has given the answer. This is one step in Redis. While Redis does not answer, an answer may be given twice.
* Workers count the answers that they have given. The supervisor shows how many answers are left. A worker that starts later hears only of
  these.
"""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex

from msgspec import Struct

from gateway.core.model import Headers, Response
from gateway.core.state import SharedState
from gateway.fleet.numbers import Numbers
from gateway.transports.overrides import Override, Overrides

GIVEN = "expectation given"


class CarriedExpectation(Struct, frozen=True, array_like=True):
    """An expectation as a supervisor sends it to its workers."""

    key: str
    """Identifies the expectation."""
    times: int
    """How often all workers together give the answer."""
    method: str | None
    path: str | None
    delay: float
    status: int
    reason: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


class SupervisedExpectations:
    """The expectations that a supervisor has given to its workers."""

    def __init__(self, overrides: Overrides) -> None:
        """Show the expectations among `overrides`. A supervisor gets no requests, so they answer nothing here."""
        self._overrides = overrides
        self._asked: dict[str, int] = {}
        """For each expectation: how often its answer is to be given."""

    def add(self, override: Override) -> None:
        """Add an expectation."""
        override.key = token_hex(8)
        self._asked[override.key] = override.times
        self._overrides.waiting.append(override)

    def count(self, numbers: Numbers) -> None:
        """Note how many answers the workers have given."""
        left = []
        for one in self._overrides.waiting:
            one.times = self._asked[one.key] - numbers.expectations.get(one.key, 0)
            if one.times > 0:
                left.append(one)
        self._overrides.waiting[:] = left
        self._asked = {one.key: self._asked[one.key] for one in left}

    @property
    def carried(self) -> list[CarriedExpectation]:
        """The expectations that still have answers to give, as they are sent to workers."""
        return [_carried(one, self._asked[one.key]) for one in self._overrides.waiting]


class WorkerExpectations:
    """The expectations that a worker may answer."""

    def __init__(self, overrides: Overrides, state: SharedState) -> None:
        self._overrides = overrides
        self._state = state
        self._told: set[str] = set()
        self.given: dict[str, int] = {}
        """For each expectation: how often this worker has given its answer."""
        overrides.claim = self._claim

    def have(self, told: Sequence[CarriedExpectation]) -> None:
        """Replace the expectations. The counts of answers that were given stay."""
        keys, waiting = {one.key for one in told}, self._overrides.waiting
        waiting[:] = [one for one in waiting if one.key in keys]
        waiting += [_arrived(one) for one in told if one.key not in self._told]
        self._told = keys
        self.given = {key: times for key, times in self.given.items() if key in keys}

    async def _claim(self, override: Override, number: int) -> bool:
        """Return whether this worker is the one that gives the answer number `number`."""
        is_first = await self._state.first(GIVEN, f"{override.key} {number}")
        if is_first:
            self.given[override.key] = self.given.get(override.key, 0) + 1
        return is_first


def _carried(override: Override, times: int) -> CarriedExpectation:
    answer = override.answer
    body = answer.body if isinstance(answer.body, bytes) else b""  # an expectation's is
    headers = list(answer.headers.raw)
    return CarriedExpectation(
        override.key, times, override.method, override.path, override.delay, answer.status, answer.reason, headers, body
    )


def _arrived(one: CarriedExpectation) -> Override:
    answer = Response(one.status, one.reason, Headers(tuple(one.headers)), one.body, "override")
    return Override(answer, one.method, one.path, one.times, one.delay, one.key)

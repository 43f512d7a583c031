"""Expectations of a gateway with several workers in a fleet: the next request that fits may come to any worker, and exactly one worker gives the answer.

Facts
-----
* The supervisor tells all workers about all expectations. A worker with a request that fits asks the fleet's state whether another worker has given
  the answer. This is one step of Redis. While Redis does not answer, an answer may be given twice.
* Workers count the answers that they have given. The supervisor shows how many are left, and tells a worker that starts later only about these.
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
    """An expectation as it goes from a supervisor to its workers."""

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
        """Show them among `overrides`, which answer nothing here."""
        self._overrides = overrides
        self._asked: dict[str, int] = {}
        """How often each is to be given."""

    def add(self, override: Override) -> None:
        """Have one more."""
        override.key = token_hex(8)
        self._asked[override.key] = override.times
        self._overrides.waiting.append(override)

    def count(self, numbers: Numbers) -> None:
        """Note what workers have given."""
        left = []
        for one in self._overrides.waiting:
            one.times = self._asked[one.key] - numbers.expectations.get(one.key, 0)
            if one.times > 0:
                left.append(one)
        self._overrides.waiting[:] = left
        self._asked = {one.key: self._asked[one.key] for one in left}

    @property
    def carried(self) -> list[CarriedExpectation]:
        """The expectations as workers are told of them."""
        return [_carried(one, self._asked[one.key]) for one in self._overrides.waiting]


class WorkerExpectations:
    """The expectations that a worker may answer."""

    def __init__(self, overrides: Overrides, state: SharedState) -> None:
        self._overrides = overrides
        self._state = state
        self._told: set[str] = set()
        self.given: dict[str, int] = {}
        """How often this worker has given each."""
        overrides.claim = self._claim

    def have(self, told: Sequence[CarriedExpectation]) -> None:
        """Replace the expectations by these. Answers that were given stay counted."""
        keys, waiting = {one.key for one in told}, self._overrides.waiting
        waiting[:] = [one for one in waiting if one.key in keys]
        waiting += [_arrived(one) for one in told if one.key not in self._told]
        self._told = keys
        self.given = {key: times for key, times in self.given.items() if key in keys}

    async def _claim(self, override: Override, number: int) -> bool:
        """Whether it is for this worker to give an answer the `number`th time."""
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

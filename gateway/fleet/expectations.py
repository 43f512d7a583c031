"""Expectations of a gateway of several workers in a fleet: the next request that fits may come to any worker, and one of them gives the answer.

Facts
-----
* All workers are told of all. Who has a request for one asks the fleet's state whether somebody has given the answer before; that is one
  step of Redis. While Redis does not answer, an answer may be given twice.
* Workers count what they have given. The supervisor shows what is left, and tells whoever starts later of that alone.
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
    """What tells it from all others."""
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
    """Those that a supervisor has asked its workers for."""

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
        """What workers are told."""
        return [_carried(one, self._asked[one.key]) for one in self._overrides.waiting]


class WorkerExpectations:
    """Those that a worker may give."""

    def __init__(self, overrides: Overrides, state: SharedState) -> None:
        self._overrides = overrides
        self._state = state
        self._told: set[str] = set()
        self.given: dict[str, int] = {}
        """How often this worker has given each."""
        overrides.claim = self._claim

    def have(self, told: Sequence[CarriedExpectation]) -> None:
        """Have these, and no others; what was given stays given."""
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

"""An expectation of several workers is given as often as it was asked for, whichever of them has the requests."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Decoder, encode

from gateway.core.model import Headers, Request, Response
from gateway.core.state import MemoryState
from gateway.fleet.expectations import CarriedExpectation, SupervisedExpectations, WorkerExpectations
from gateway.fleet.numbers import Numbers, added
from gateway.transports.overrides import Override, Overrides
from tests.harness.steps import at_once

BEHIND = Response(200, "OK", Headers(), b"")
TEAPOT = Response(418, "I'm a teapot", Headers.of({"A": "\xe9"}), b"\x00\xff", "override")


async def behind(_: Request) -> Response:
    return BEHIND


class Worker:
    def __init__(self, state: MemoryState) -> None:
        overrides = Overrides()
        self.send = overrides.around(behind)
        self.expectations = WorkerExpectations(overrides, state)

    def answers(self, path: str) -> Response:
        return at_once(self._sent(path))

    async def _sent(self, path: str) -> Response:
        return await self.send(Request("GET", path, Headers()))


@given(st.lists(st.integers(1, 3), max_size=3), st.lists(st.integers(0, 2), max_size=12))
def test_each_is_given_as_often_as_it_was_asked_for(times: Sequence[int], asked: Sequence[int]) -> None:
    """Three workers have one state; what they have given is shown as given, and a worker that starts later gives nothing again."""
    shown, state = Overrides(), MemoryState()
    supervised, workers = SupervisedExpectations(shown), [Worker(state) for _ in range(3)]
    for each in times:
        supervised.add(Override(TEAPOT, path="/a", times=each))
    told = Decoder(list[CarriedExpectation]).decode(encode(supervised.carried))
    for worker in workers:
        worker.expectations.have(told)
        worker.expectations.have(told)
    answers = [workers[number].answers("/a") for number in asked]
    most = min(sum(times), len(asked))
    assert answers == [TEAPOT] * most + [BEHIND] * (len(asked) - most)
    whole = Numbers()
    for worker in workers:
        whole = added(whole, Numbers(expectations=worker.expectations.given))
    supervised.count(whole)
    assert sum(one.times for one in shown.waiting) == sum(times) - most
    late = Worker(state)
    late.expectations.have(told)
    assert [late.answers("/a") for _ in range(sum(times) - most + 1)] == [TEAPOT] * (sum(times) - most) + [BEHIND]


def test_what_is_forgotten_is_given_no_more() -> None:
    worker, supervised = Worker(MemoryState()), SupervisedExpectations(Overrides())
    supervised.add(Override(TEAPOT, method="GET", path="/a*", times=2))
    worker.expectations.have(supervised.carried)
    assert [worker.answers(path) for path in ("/b", "/ab")] == [BEHIND, TEAPOT]
    worker.expectations.have([])
    assert worker.answers("/ab") == BEHIND

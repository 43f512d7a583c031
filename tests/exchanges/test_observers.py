"""A list of observers: what becomes of one of them costs no exchange and no other observer, and is counted."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable

import pytest
from msgspec.structs import asdict

from gateway.core.headers import ForwardedFor
from gateway.core.model import Exchange, Peer, Request, Response
from gateway.core.routing import Routing
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.journal import Journal
from gateway.exchanges.observers import SLOW, Observers
from tests.harness.lab import Witness

NONE = {"observers_failed": 0, "observers_full": 0, "observers_slow": 0, "audits_failed": 0}


class Troubled:
    """An observer that does something else than to hear."""

    def __init__(self, does: Callable[[], object]) -> None:
        self._does = does

    def began(self, exchange: Exchange) -> None:  # noqa: ARG002  # an observer's
        self._does()

    def ended(self, exchange: Exchange) -> None:  # noqa: ARG002  # an observer's
        self._does()

    def warn(self, event: str, **about: object) -> None:  # noqa: ARG002  # an observer's
        self._does()


def raises(error: type[Exception]) -> Callable[[], object]:
    def does() -> object:
        raise error

    return does


async def exchange_before(observers: Observers, times: int = 1) -> list[int]:
    """Have exchanges answered, and return their statuses."""

    async def send(_: Request) -> Response:
        return Response(200, "OK", source="upstream")

    exchanges = Exchanges(send, routing=Routing("lab"), forwarded=ForwardedFor(), observers=observers)
    statuses = []
    for _ in range(times):
        reply = await exchanges.answer(Request("GET", "/"), Peer("192.168.0.7"))
        await reply.ended()
        statuses.append(reply.response.status)
    assert exchanges.in_flight == set()
    return statuses


@pytest.mark.parametrize("place", [0, 1])
async def test_one_that_raises_costs_nothing_and_the_others_hear_of_it(place: int) -> None:
    """Also where it raises at hearing that it raised."""
    witness = Witness()
    listed = [witness]
    observers = Observers([*listed[:place], Troubled(raises(ValueError)), *listed[place:]])
    assert await exchange_before(observers, 3) == [200] * 3
    assert len(witness.exchanges) == 3
    told = [(warning["event"], warning["error"]) for warning in witness.warnings]
    assert told == [("watching failed", "ValueError")] * 3
    # the first, and each time they have doubled
    assert [warning["failures"] for warning in witness.warnings] == [1, 4, 8]
    assert asdict(observers.unheard) == {**NONE, "observers_failed": 9}  # at both ends of each, and at each warning


async def test_all_of_them_may_fail() -> None:
    observers = Observers([Troubled(raises(ValueError)), Troubled(raises(RecursionError))])
    assert await exchange_before(observers) == [200]


@pytest.mark.parametrize("error", [queue.Full, asyncio.QueueFull])
async def test_one_that_is_full_is_counted_and_nothing_is_said_of_it(error: type[Exception]) -> None:
    """It says itself what it has lost; to be told of it would fill it further."""
    witness = Witness()
    observers = Observers([Troubled(raises(error)), witness])
    assert await exchange_before(observers) == [200]
    assert (len(witness.exchanges), witness.warnings) == (1, [])
    assert asdict(observers.unheard) == {**NONE, "observers_full": 2}


async def test_one_that_fills_up_in_earnest() -> None:
    heard: queue.Queue[str] = queue.Queue(maxsize=3)
    observers = Observers([Troubled(lambda: heard.put_nowait("it"))])
    assert await exchange_before(observers, 4) == [200] * 4
    assert (heard.qsize(), observers.unheard.observers_full) == (3, 5)


async def test_one_that_is_slow_is_counted() -> None:
    """By a clock that is handed in; how long it takes nobody can shorten, since it does not return before."""
    now = 0.0

    def dawdle() -> None:
        nonlocal now
        now += 2 * SLOW

    observers = Observers([Troubled(dawdle), Witness()], timer=lambda: now)
    assert await exchange_before(observers, 2) == [200] * 2
    assert asdict(observers.unheard) == {**NONE, "observers_slow": 4}


async def test_one_that_cancels_is_not_held_back() -> None:
    """What is no Exception is nobody's failure: it stops what is running."""
    observers = Observers([Troubled(raises(asyncio.CancelledError))])  # type: ignore[arg-type]  # no Exception
    with pytest.raises(asyncio.CancelledError):
        await exchange_before(observers)


async def test_a_journal_is_one_of_them() -> None:
    journal = Journal(exchanges=2)
    observers = Observers([journal])
    await exchange_before(observers, 3)
    observers.warn("something")
    assert [kept.reply.status for kept in journal.kept] == [200, 200]
    assert asdict(observers.unheard) == NONE

"""Without Redis the fleet's state is the memory of one process; with it the two are compared in the long tests."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.state import MemoryState, OnExhausted
from gateway.fleet.address import RedisAddress
from gateway.fleet.link import Link
from gateway.fleet.names import KeyNames
from gateway.fleet.outage import OnOutage, Outage, OutageError
from gateway.fleet.redis_state import FleetState, Note, turn_of
from gateway.fleet.sealing import Sealing
from tests.harness.steps import at_once

NAMES = KeyNames("lab", Sealing(bytes(32), "lab"), "life")


def alone(on_outage: OnOutage = "local") -> tuple[FleetState, list[Note], Outage]:
    """Return a state without a Redis, what it tells the others, and what is known of the outage."""
    notes: list[Note] = []
    outage = Outage(on_outage, lambda *_, **__: None)
    outage.begin("Redis does not answer")
    return FleetState(Link(RedisAddress("redis://127.0.0.1:1"), 0.05, outage), NAMES, notes.append), notes, outage


@settings(max_examples=10)
@given(st.integers(1, 6), st.integers(0, 30))
@pytest.mark.parametrize("on_exhausted", ["last", "cycle", "error"])
def test_a_count_means_the_place_that_a_memory_comes_to(on_exhausted: OnExhausted, length: int, count: int) -> None:
    memory = MemoryState()
    turns = [at_once(memory.advance("cursor", length, on_exhausted)) for _ in range(count + 1)]
    assert turn_of(count, length, on_exhausted) == turns[-1]


async def test_without_redis_it_decides_as_a_memory_does() -> None:
    fleet, notes, outage = alone()
    memory = MemoryState()
    said: list[str] = []
    asked: list[Any] = [
        *[lambda state: state.advance("cursor", 3, "last")] * 5,
        *[lambda state: state.bind("device", ("one", "two"))] * 2,
        lambda state: state.bind("another", ("one", "two")),
        *[lambda state: state.count("counter", 7.0)] * 2,
        *[lambda state: state.take("bucket", 7.0, rate=1.0, capacity=2.0)] * 3,
        lambda state: state.agree([("THR004 in x", 1.0)]),
        lambda state: state.latest(["THR004 in x", "THR004 in y"]),
        lambda state: state.first("given", "key 1"),
    ]
    for ask in asked:
        assert at_once(ask(fleet)) == at_once(ask(memory))
    assert fleet.slices.get("THR004 in x") == 1.0
    assert outage.local == len(asked) - 2  # who is bound is known, and to look decides nothing
    assert (fleet.plays("device"), fleet.bound("another")) == ("one", True)
    for about in ("a", "a", "b"):
        fleet.once("dropped", about, partial(said.append, about))
    assert said == ["a", "b"]
    assert fleet.name("device", ["roku-1"]) == fleet.named("device") == "roku-1"
    assert (fleet.mark("device", "m"), fleet.mark("device", "n")) == ("m", "m")
    fleet.gave("token", "client")
    fleet.saw("token", "device")
    fleet.saw("token", "device")
    assert [note[0] for note in notes] == ["name", "mark", "gave", "saw"]


async def test_where_calls_are_refused_nothing_is_decided_alone() -> None:
    fleet, _, outage = alone("refuse")
    with pytest.raises(OutageError):
        await fleet.advance("cursor", 3, "last")
    with pytest.raises(OutageError):
        await fleet.bind("device", ("one",))
    assert outage.local == 0


async def test_what_others_tell_is_known_and_the_first_of_two_names_stays() -> None:
    fleet, notes, _ = alone()
    fleet.hear(("name", "device", "roku-1"), own=False)
    fleet.hear(("name", "device", "tv-1"), own=False)
    fleet.hear(("mark", "device", "m"), own=False)
    fleet.hear(("gave", "token", "client"), own=False)
    fleet.hear(("gave", "token", "client"), own=True)
    fleet.hear(("saw", "token", "device"), own=False)
    fleet.hear(("bound", "device", "recorded"), own=False)
    fleet.hear(("of another version",), own=False)
    assert fleet.named("device") == "roku-1"
    assert fleet.sign("token").given == 1
    assert fleet.sign("token").device == "device"
    assert fleet.plays("device") == "recorded"
    assert notes == []
    fleet.name("other", ["apple-tv-1"])
    fleet.hear(("name", "other", "tv-2"), own=False)  # told before ours
    fleet.hear(("name", "other", "apple-tv-1"), own=True)
    assert fleet.named("other") == "tv-2"


async def test_what_was_rewound_elsewhere_is_rewound_here() -> None:
    fleet, _, _ = alone()
    await fleet.advance("cursor", 3, "last")
    fleet.enter(1)
    assert await fleet.advance("cursor", 3, "last") == 0
    fleet.enter(1)
    assert await fleet.advance("cursor", 3, "last") == 1
    fleet.rewind()
    assert (fleet.epoch, await fleet.advance("cursor", 3, "last")) == (2, 0)

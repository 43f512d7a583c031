"""What outlives an exchange: places in sequences, parts, names, codes and tokens, each within its bound."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from gateway.core import state
from gateway.core.bounded import Bounded
from gateway.core.state import MemoryState, OnExhausted, SharedState, Sign
from tests.harness.for_each import for_each
from tests.harness.steps import at_once


@pytest.mark.parametrize(
    ("on_exhausted", "turns"),
    [("last", [0, 1, 2, 2, 2]), ("cycle", [0, 1, 2, 0, 1]), ("error", [0, 1, 2, None, None])],
)
def test_a_sequence_goes_on(on_exhausted: OnExhausted, turns: list[int | None]) -> None:
    memory: SharedState = MemoryState()
    assert [at_once(memory.advance("tv", 3, on_exhausted)) for _ in range(5)] == turns
    assert at_once(memory.advance("another tv", 3, on_exhausted)) == 0
    memory.rewind()
    assert at_once(memory.advance("tv", 3, on_exhausted)) == 0


@pytest.mark.parametrize(("on_exhausted", "second"), [("last", 0), ("cycle", 0), ("error", None)])
def test_one_answer_is_repeated_or_not(on_exhausted: OnExhausted, second: int | None) -> None:
    memory = MemoryState()
    assert [at_once(memory.advance("tv", 1, on_exhausted)) for _ in range(2)] == [0, second]


def test_a_device_is_bound_once_and_to_whom_the_fewest_are() -> None:
    memory, choices = MemoryState(), ["one", "two"]
    assert [at_once(memory.bind(who, choices)) for who in "abcab"] == ["one", "two", "one", "one", "two"]
    assert (memory.bound("a"), memory.bound("d")) == (True, False)


def test_slices_are_kept_and_forgotten() -> None:
    memory = MemoryState()
    memory.keep([("a", 1), ("b", 2)])
    memory.keep([("a", None), ("b", 3)])
    assert (memory.slices.get("a"), memory.slices.get("b")) == (None, 3)


def test_the_first_name_stays_and_a_name_is_one_devices() -> None:
    memory = MemoryState()
    assert memory.named("one") == ""
    assert memory.name("one", ["roku-1", "roku-12"]) == "roku-1"
    assert memory.name("two", ["roku-1", "roku-13"]) == "roku-13"
    assert memory.name("one", ["device-1"]) == memory.named("one") == "roku-1"


def test_a_warning_is_said_once_for_each_thing() -> None:
    memory = MemoryState()
    said: list[str] = []
    for event, about in (("dropped", "a"), ("dropped", "b"), ("dropped", "a"), ("bound", ""), ("bound", "")):
        memory.once(event, about, partial(said.append, f"{event} {about}"))
    assert said == ["dropped a", "dropped b", "bound "]


def test_who_is_alone_agrees_with_itself() -> None:
    memory = MemoryState()
    assert memory.alone
    assert at_once(memory.agree([("a", 1), ("b", 2)]))
    assert at_once(memory.agree([("a", None)]))
    assert (memory.slices.get("a"), memory.slices.get("b")) == (None, 2)


def test_what_is_told_of_a_device_is_counted() -> None:
    """What is told twice at one time counts once; of a device with very many things the count begins anew."""
    memory = MemoryState()
    told = [
        memory.tell(*given)
        for given in [("one", ["a", "b"]), ("one", ["b", "c", "b"]), ("two", ["b"]), ("one", []), ("one", ["b"])]
    ]
    assert told == [[1, 1], [2, 1, 2], [1], [], [3]]
    for number in range(2 * state.MOST_TOLD):
        assert memory.tell("one", [f"x{number}"]) == [1]
    assert memory.tell("one", ["b"]) == [1]
    assert memory.tell("large", ["x" * (1 << 17)]) == memory.tell("large", ["x" * (1 << 17)]) == [1]


def test_a_token_is_its_devices_and_its_clients_until_there_is_another() -> None:
    memory = MemoryState()
    memory.gave("token", by="client")
    memory.saw("token", "one")
    memory.saw("token", "one")
    assert (memory.sign("token").device, memory.sign("client").device) == ("one", "one")
    memory.saw("token", "two")
    memory.saw("token", "three")
    assert memory.sign("token") == Sign(1, ("one", "two"), "client")
    assert (memory.sign("token").device, memory.sign("client").device) == ("", "")


def test_what_was_handed_out_twice_is_nobodys() -> None:
    memory = MemoryState()
    memory.gave("token")
    memory.saw("token", "one")
    memory.gave("token")
    assert memory.sign("token").device == ""


class Even(Struct):
    """A slice that says of its type what it takes."""

    number: int
    size: ClassVar[int] = 200


class Uneven(Struct):
    """A slice that says of itself what it takes."""

    size: int


@for_each(
    "slices",
    [
        [Even(1), Even(2), Even(3)],
        [Uneven(100), Uneven(300), Uneven(50)],
        [Even(1), Uneven(500), Even(2), None, Even(3)],
        ["text", "a longer text", Even(1), "text"],
    ],
)
def test_slices_are_counted_as_what_they_take_now(slices: list[object]) -> None:
    memory = MemoryState()
    for value in slices:
        memory.keep([("slot", value)])
        fresh = MemoryState()
        fresh.keep([("slot", value)])
        assert (memory.slices.get("slot"), memory.slices.held) == (value, fresh.slices.held)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.text(max_size=300), st.text(max_size=2000)), max_size=60))
def test_each_memory_is_bounded(things: list[tuple[str, str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CURSORS", "BOUND", "NAMES", "SIGNS", "SAID", "TOLD", "COUNTS"):
            patch.setattr(state, name, 4000)
        memory = MemoryState(room=4000)
    for key, value in things:
        at_once(memory.advance(key, 3, "last"))
        at_once(memory.bind(key, ("one", "two")))
        memory.keep([(key, value)])
        memory.name(key, [value])
        memory.gave(key, value)
        memory.saw(key, value)
        memory.once(key, value, lambda: None)
        memory.tell(key, [value, value[:1], key])
        at_once(memory.count(key, 0.0))
        at_once(memory.take(key, 0.0, rate=1.0, capacity=1.0))
        memory.mark(key, value)
    held: list[Bounded[Any, Any]] = [
        memory._cursors, memory._bound, memory.slices, memory._names, memory._taken, memory._signs, memory._said,
        memory._told, memory._counts, memory._buckets, memory._marks,
    ]  # fmt: skip
    assert all(kept.held <= kept.limit == 4000 for kept in held)


async def test_counts_go_on_from_when_they_began() -> None:
    state = MemoryState()
    assert [await state.count("a", now) for now in (5.0, 6.0)] == [(1, 5.0), (2, 5.0)]
    assert await state.count("b", 7.0) == (1, 7.0)
    state.rewind()
    assert await state.count("a", 8.0) == (1, 8.0)


async def test_a_bucket_is_full_at_first_and_is_refilled() -> None:
    state = MemoryState()
    taken = [await state.take("a", now, rate=2.0, capacity=3.0) for now in (0.0, 0.0, 0.0, 0.0, 0.4, 0.5, 0.5, 9.0)]
    assert taken == [True, True, True, False, False, True, False, True]
    assert [await state.take("a", 9.0, rate=2.0, capacity=3.0) for _ in range(3)] == [True, True, False]
    assert not await state.take("a", 8.0, rate=2.0, capacity=3.0), "a clock that goes back refills nothing"


def test_a_device_keeps_its_first_mark() -> None:
    state = MemoryState()
    assert [state.mark("a", "one"), state.mark("a", "two"), state.mark("b", "two")] == ["one", "one", "two"]

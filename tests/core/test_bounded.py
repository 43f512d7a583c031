"""A bounded memory never holds more than its bytes, forgets what was not asked for, and keeps nothing long."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.bounded import ENTRY, Bounded, memories, remembered, size_of, size_of_entry
from gateway.core.newcomers import MOST


def test_what_is_kept_is_found_until_it_is_forgotten() -> None:
    memory: Bounded[str, int | None] = Bounded("test", 10_000)
    memory.put("a", 1)
    memory.put("none", None)
    assert (memory.get("a"), memory.get("none", 7), memory.get("b"), memory.get("b", 7)) == (1, None, None, 7)
    memory.put("a", 2)
    assert (memory.get("a"), len(memory), "a" in memory) == (2, 2, True)
    memory.pop("a")
    memory.pop("a")
    assert (memory.get("a"), len(memory), "a" in memory) == (None, 1, False)
    memory.clear()
    assert (len(memory), memory.held) == (0, 0)


def test_what_was_not_asked_for_the_longest_is_forgotten() -> None:
    memory: Bounded[int, str] = Bounded("test", 20_000)
    for number in range(1000):
        memory.put(number, "x" * 50)
        assert memory.get(0) == "x" * 50
    assert memory.get(1) is None
    assert memory.get(999) is not None


def test_what_is_long_is_not_kept() -> None:
    """And what stood in its place is not either: it would be out of date."""
    memory: Bounded[str, str] = Bounded("test", 100_000, longest=1000)
    memory.put("a", "short")
    memory.put("a", "x" * 1000)
    memory.put("x" * 1000, "a")
    assert (len(memory), memory.held) == (0, 0)


@given(
    st.booleans(), st.lists(st.tuples(st.sampled_from(["put", "get", "pop"]), st.integers(0, 9), st.integers(0, 400)))
)
def test_the_bytes_are_those_of_what_is_held_and_within_the_limit(
    waiting: bool,
    steps: list[tuple[str, int, int]],
) -> None:
    memory: Bounded[int, str] = Bounded("test", 2000, waiting=waiting)
    for step, key, length in steps:
        if step == "put":
            memory.put(key, "x" * length)
        else:
            getattr(memory, step)(key)
        held = [*memory._young.items(), *memory._old.items(), *memory._new.items()]
        assert memory.held == sum(size_of(k) + size_of(v) + ENTRY for k, v in held) <= memory.limit
        assert len(dict(held)) == len(held) == len(memory)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 300)), max_size=120))
def test_a_missing_key_may_be_added(entries: list[tuple[int, int]]) -> None:
    """After a miss, `add` does the same as `put`, whether there is space or not."""
    put, added = (Bounded[int, str]("test", 4000, longest=250, size=size_of_entry) for _ in range(2))
    for key, length in entries:
        if put.get(key) is None:
            put.put(key, "x" * length)
        if added.get(key) is None:
            added.add(key, "x" * length)
        assert (added.values, added.held, added.turns) == (put.values, put.held, put.turns)


def test_who_looks_up_often_asks_the_recent_entries_themselves() -> None:
    """They are one mapping from the first entry on, whatever becomes of the memory."""
    memory: Bounded[int, str] = Bounded("test", 2000)
    recent = memory.recent.get
    memory.put(1, "one")
    assert recent(1) == "one"
    memory.exchange(1, "two")
    held = memory.held
    assert (recent(1), memory.get(1), held) == ("two", "two", size_of(1) + size_of("two") + ENTRY)
    turns = memory.turns
    while memory.turns == turns:
        memory.put(len(memory) + 2, "x" * 100)
    assert (recent(1), memory.get(1), recent(1)) == (None, "two", "two")
    memory.clear()
    assert (recent(1), memory.held) == (None, 0)


def test_regulars_are_not_displaced_by_those_who_come_once() -> None:
    """If a client puts only new keys, the memory keeps no entry of this client, for any number of keys."""
    memory: Bounded[str, str] = Bounded("test", 20_000, regulars=True)
    assert [memory.put("regular", "a"), memory.get("regular")] == [False, None]
    assert [memory.put("regular", "a"), memory.get("regular")] == [True, "a"]
    for number in range(3 * MOST):
        memory.put(f"stranger {number}", "x" * 50)
    assert (memory.get("regular"), len(memory)) == ("a", 1)
    memory.put("regular", "b")
    assert memory.get("regular") == "b"
    memory.clear()
    assert memory.put("regular", "a") is False


def test_a_key_that_came_before_elsewhere_is_kept_at_once() -> None:
    memory: Bounded[str, str] = Bounded("test", 20_000, regulars=True)
    assert [memory.put("regular", "a", again=True), memory.get("regular")] == [True, "a"]


def test_what_is_new_waits_and_displaces_only_what_waits() -> None:
    memory: Bounded[str, str] = Bounded("test", 20_000, waiting=True)
    memory.put("there was room", "a")
    for number in range(100):
        memory.put(f"first {number}", "x" * 50)
    for name in ("put twice", "asked for", "put once"):
        assert memory.put(name, "a")
    assert memory.get("asked for") == "a"
    memory.put("put twice", "b")
    for number in range(1000):
        memory.put(f"stranger {number}", "x" * 50)
    names = ("there was room", "put twice", "asked for", "put once")
    assert [memory.get(name) for name in names] == [None, "b", "a", None]
    memory.clear()
    assert (len(memory), memory.held) == (0, 0)


def test_what_is_asked_for_in_turn_is_found_as_long_as_all_of_it_fits() -> None:
    memory: Bounded[int, str] = Bounded("test", 30_000)
    for number in range(100):
        memory.put(number, "x" * 50)
    assert memory.held > 0.7 * memory.limit
    assert all(memory.get(number) for _ in range(5) for number in range(100))


def test_nothing_grows_old_where_all_of_it_fits() -> None:
    """In a memory of results alone: where something may not be made once more, it is known what was used last."""
    for policy, turns in (("waiting", 0), ("regulars", 0), ("", 1)):
        memory: Bounded[int, str] = Bounded("test", 40_000, waiting=policy == "waiting", regulars=policy == "regulars")
        for number in range(100):
            memory.put(number, "x" * 50)
            memory.put(number, "x" * 50)
        assert memory.held > 0.5 * memory.limit
        assert memory.turns == turns


def test_a_function_is_asked_once_for_what_is_remembered() -> None:
    asked: list[tuple[str, ...]] = []

    @remembered(limit=10_000, longest=5)
    def double(text: str) -> str | None:
        asked.append((text,))
        return text * 2 or None

    @remembered(limit=10_000, longest=5)
    def joined(left: str, right: str) -> str:
        asked.append((left, right))
        return left + right

    assert [double("a"), double("a"), double(""), double(""), double("toolong"), double("toolong")] == [
        "aa", "aa", None, None, "toolong" * 2, "toolong" * 2,
    ]  # fmt: skip
    assert [joined("a", "b"), joined("a", "b"), joined("ab", ""), joined("long", "er"), joined("long", "er")] == [
        "ab", "ab", "ab", "longer", "longer",
    ]  # fmt: skip
    assert asked == [
        ("a",), ("",), ("toolong",), ("toolong",), ("a", "b"), ("ab", ""), ("long", "er"), ("long", "er"),
    ]  # fmt: skip
    assert double.__name__ == "double"


def test_the_memory_of_a_process_is_within_the_limit_too() -> None:
    """The estimate is honest: neither many short entries nor long ones take more than the limit says."""
    for length in (1, 40, 900):
        tracemalloc.start()
        memory: Bounded[bytes, str] = Bounded("test", 300_000)
        for number in range(6000 if length < 900 else 1000):
            memory.put(b"%06d" % number, str(number % 10) * length)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held <= memory.limit
        assert memory in memories()


@pytest.mark.parametrize("policy", ["regulars", "waiting"])
def test_where_more_take_turns_than_there_is_room_for_some_are_kept(policy: str) -> None:
    """To keep each of them would displace each before it comes again."""
    memory = Bounded[int, int]("turns", 100 * (100 + ENTRY), size=lambda *_: 100, **{policy: True})
    found = 0
    for _ in range(20):
        for number in range(200):
            if memory.get(number) is None:
                memory.put(number, number)
            else:
                found += 1
    assert found > 20 * 200 / 8


def test_keys_that_come_again_too_late_fill_no_memory() -> None:
    """An entry would be forgotten before its key comes again. So the memory is nearly empty after all keys have come three times."""
    memory = Bounded[str, int]("turns", 4 << 20, size=lambda *_: 3900, regulars=True)
    for _ in range(3):
        for number in range(50_000):
            memory.put(f"one of many {number}", number)
    assert memory.held < memory.limit / 50
    for _ in range(10):
        for number in range(800):
            memory.put(f"one of a few {number}", number)
    assert len(memory) > 790


def test_a_memory_lacks_keys_if_no_young_old_or_waiting_entry_has_one() -> None:
    memory: Bounded[str, int] = Bounded("test", 1200, size=lambda *_: 100 - ENTRY, waiting=True)
    keys = [str(number) for number in range(40)]
    for key in keys:
        memory.put(key, 1)
        memory.get(key)
        for kept in keys:
            assert memory.lacks([kept]) is (kept not in memory)
    assert memory.lacks([])
    assert not memory.lacks([*keys])

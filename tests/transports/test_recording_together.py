"""The legs whose answers come before a write begins are written together. No leg waits for others, and no leg spoils the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import pytest

from gateway.core.model import Response
from gateway.transports import recording_together
from gateway.transports.recording_together import LONGEST_WRITE, LegGroup, LegGroups


class Leg:
    """A leg whose answer has come. `told` lists what happened to the leg."""

    def __init__(self, id_: str, age: float = 0.0) -> None:
        self.id = id_
        self.answer: Response | None = Response(200)
        self.answered_at = perf_counter() - age
        self.told: list[str] = []
        self.end = asyncio.Event()

    def block(self) -> bytes:
        return f"<{self.id}>".encode()

    def record_anew(self) -> None:
        self.answer = None
        self.told.append("anew")

    def written(self, error: BaseException | None) -> None:
        if self.answer is not None:
            self.answer = None
            self.told.append(type(error).__name__ if error is not None else "written")
            self.end.set()


class Tape:
    """A tape that writes when a test says so."""

    def __init__(self) -> None:
        self.entries: list[LegGroup] = []

    async def add(self, block: bytes) -> None:
        raise AssertionError(block)

    def put(self, entry: LegGroup) -> None:
        self.entries.append(entry)


class Ids:
    """Judges ids, and counts how often it is asked. An id with a star is not harmless. An id with an exclamation mark raises an error."""

    def __init__(self) -> None:
        self.asked = 0

    def are_harmless(self, ids: Sequence[str]) -> bool:
        self.asked += 1
        if "!" in "".join(ids):
            raise ValueError
        return "*" not in "".join(ids)


class House:
    """LegGroups with a tape."""

    def __init__(self) -> None:
        self.groups, self.tape, self.ids = LegGroups(), Tape(), Ids()

    def put(self, leg: Any) -> Any:
        (self.groups.open or self.groups.begun(self.tape, self.ids)).legs.append(leg)
        return leg


async def test_legs_are_one_entry_until_its_write_begins() -> None:
    house = House()
    legs = [house.put(Leg(id_)) for id_ in ("a", "b")]
    (first,) = house.tape.entries
    assert first.text() == b"<a><b>"
    third = house.put(Leg("c"))
    assert [entry.text() for entry in house.tape.entries[1:]] == [b"<c>"]
    first.written(None)
    assert [leg.told for leg in (*legs, third)] == [["written"], ["written"], []]
    assert house.ids.asked == 2


async def test_all_legs_of_a_write_hear_its_error() -> None:
    house = House()
    legs = [house.put(Leg(id_)) for id_ in ("a", "b")]
    (group,) = house.tape.entries
    group.text()
    group.written(OSError())
    assert [leg.told for leg in legs] == [["OSError"]] * 2


@pytest.mark.parametrize("bad", ["*", "!"])
async def test_a_leg_whose_id_is_not_harmless_is_recorded_in_the_usual_way_alone(bad: str) -> None:
    house = House()
    legs = [house.put(Leg(id_)) for id_ in ("a", bad, "b")]
    (group,) = house.tape.entries
    assert group.text() == b"<a><b>"
    group.written(None)
    assert [leg.told for leg in legs] == [["written"], ["anew"], ["written"]]


async def test_a_leg_that_was_given_up_is_not_written() -> None:
    house = House()
    legs = [house.put(Leg(id_)) for id_ in ("a", "b")]
    legs[0].written(TimeoutError())
    (group,) = house.tape.entries
    assert group.text() == b"<b>"
    group.written(None)
    assert [leg.told for leg in legs] == [["TimeoutError"], ["written"]]


async def test_each_leg_is_given_up_when_it_has_waited_too_long_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    written = house.put(Leg("a", age=LONGEST_WRITE + 1))
    (group,) = house.tape.entries
    group.text()
    old, young = house.put(Leg("b", age=LONGEST_WRITE + 1)), house.put(Leg("c"))
    house.groups._look()
    assert [leg.told for leg in (written, old, young)] == [["TimeoutError"], ["TimeoutError"], []]
    monkeypatch.setattr(recording_together, "LONGEST_WRITE", 0.0)
    house.groups._look()
    assert young.told == ["TimeoutError"]


async def test_a_disk_that_hangs_is_not_looked_at_all_the_time() -> None:
    house = House()
    leg = house.put(Leg("a", age=LONGEST_WRITE + 1))
    house.groups._look()
    assert leg.told == ["TimeoutError"]
    assert house.groups._timer is not None
    assert house.groups._timer.when() - asyncio.get_running_loop().time() > LONGEST_WRITE / 2


async def test_a_leg_that_joins_after_all_others_were_given_up_is_given_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_together, "LONGEST_WRITE", 0.01)
    house = House()
    for id_ in ("a", "b"):
        leg = house.put(Leg(id_))
        await asyncio.wait_for(leg.end.wait(), 20)
        assert leg.told == ["TimeoutError"]
    assert house.tape.entries[0].text() == b""


async def test_no_timer_is_left_when_all_is_written() -> None:
    house = House()
    house.put(Leg("a"))
    (group,) = house.tape.entries
    group.text()
    group.written(None)
    house.groups._look()
    assert house.groups._timer is None

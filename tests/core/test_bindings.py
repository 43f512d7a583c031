"""A live device plays its own recordings; where it has none, another device's, the same one for the whole run."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from gateway.core import state
from gateway.core.bindings import Bindings
from gateway.core.matching import Candidates, DeviceChoice, Index, Matcher
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.state import MemoryState
from tests.harness.for_each import for_each


def candidates(*devices: str, targets: Sequence[str] = ()) -> Candidates:
    """The recordings of these devices, in order."""
    recorded = [
        Interaction("", Request("GET", target, Headers.of({"AP-Device-Identifier": device})), Response(200), "")
        for device, target in zip(devices, targets or ["/"] * len(devices), strict=True)
    ]
    matcher = Matcher(("raw",))
    found = Index(matcher, recorded, lambda request: replace(request, target="/")).find(("GET /",))
    assert found is not None
    return found


ONE_TWO_ONE = candidates("one", "two", "one")


@for_each(
    ("choice", "same_key", "device", "positions"),
    [
        ("prefer", True, "one", [0, 2]),
        ("prefer", True, "two", [1]),
        ("prefer", True, "stranger", [0, 2]),
        ("prefer", False, "stranger", [0, 2]),
        ("require", True, "one", [0, 2]),
        ("require", True, "stranger", []),
        ("require", False, "stranger", [0, 2]),  # without the key nobody is known, and everybody plays a part
        ("ignore", True, "two", [0, 1, 2]),
        ("ignore", False, "stranger", [0, 1, 2]),
    ],
)
async def test_the_device_chooses(choice: DeviceChoice, *, same_key: bool, device: str, positions: list[int]) -> None:
    chosen = await Bindings(choice, MemoryState(), same_key=same_key).choose(ONE_TWO_ONE, device, "/")
    assert list(chosen) == positions


async def test_two_devices_stay_two() -> None:
    """Each live device gets the part that the fewest play, and keeps it for the run."""
    cast = Bindings("prefer", MemoryState())
    parts = {name: list(await cast.choose(ONE_TWO_ONE, name, "/")) for name in ("a", "b", "c", "d")}
    assert parts == {"a": [0, 2], "b": [1], "c": [0, 2], "d": [1]}
    assert {name: list(await cast.choose(ONE_TWO_ONE, name, "/")) for name in ("d", "c", "b", "a")} == parts
    assert list(await cast.choose(candidates("two", "one"), "a", "/")) == [1]


async def test_a_part_holds_where_the_recorded_device_did_not_ask() -> None:
    """Preferring, a device whose part has no such recording plays what there is; requiring, it plays nothing."""
    only_two = candidates("two", "two")
    for choice, expected in (("prefer", [0, 1]), ("require", [])):
        cast = Bindings(choice, MemoryState())  # type: ignore[arg-type]  # mypy widens the words of the table
        assert list(await cast.choose(ONE_TWO_ONE, "a", "/")) == [0, 2]
        assert list(await cast.choose(only_two, "a", "/")) == expected


async def test_a_device_that_was_recorded_is_bound_to_none() -> None:
    cast = Bindings("prefer", MemoryState())
    await cast.choose(ONE_TWO_ONE, "one", "/")
    await cast.choose(ONE_TWO_ONE, "stranger", "/")
    assert (cast.is_bound("one"), cast.is_bound("stranger")) == (False, True)


async def test_among_a_devices_recordings_the_same_target_goes_first() -> None:
    """The key leaves out what a target's pseudonyms say; where the live ones were recorded, they choose."""
    found = candidates("one", "one", "one", targets=["/a", "/b", "/a"])
    cast = Bindings("prefer", MemoryState())
    assert list(await cast.choose(found, "one", "/b")) == [1]
    assert list(await cast.choose(found, "one", "/a")) == [0, 2]
    assert list(await cast.choose(found, "one", "/unknown")) == [0, 1, 2]


async def test_only_so_many_devices_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "BOUND", 2000)
    cast = Bindings("prefer", MemoryState())
    for number in range(200):
        await cast.choose(ONE_TWO_ONE, f"device {number}", "/")
    assert [cast.is_bound(f"device {number}") for number in (0, 100, 198, 199)] == [False, False, True, True]


async def test_a_long_device_is_remembered_by_its_digest() -> None:
    memory = MemoryState()
    cast = Bindings("prefer", memory)
    long = ["x" * 44_000 + str(number) for number in range(2)]
    parts = [list(await cast.choose(ONE_TWO_ONE, device, "/")) for device in long]
    assert parts == [list(await cast.choose(ONE_TWO_ONE, device, "/")) for device in long] == [[0, 2], [1]]
    assert memory._bound.held < 1000


async def test_a_stranger_costs_the_same_however_many_devices_were_recorded() -> None:
    """Shares are even, and to find the least takes no look at all of them."""
    many = candidates(*(f"recorded {number}" for number in range(1000)))
    memory = MemoryState()
    cast = Bindings("prefer", memory)
    chosen = [(await cast.choose(many, f"stranger {number}", "/"))[0] for number in range(2000)]
    assert chosen == [*range(1000), *range(1000)]
    ((_, heap),) = memory._fewest.values()
    assert len(heap) == 1000


async def test_the_same_device_and_target_choose_the_same_list() -> None:
    """So that a hit copies nothing, though there are thousands of answers to one request."""
    found = candidates(*["one", "two"] * 5000, targets=["/a", "/b", "/b", "/a"] * 2500)
    cast = Bindings("prefer", MemoryState())
    assert await cast.choose(found, "one", "/b") is await cast.choose(found, "one", "/b")
    assert list(await cast.choose(found, "one", "/b"))[:2] == [2, 6]

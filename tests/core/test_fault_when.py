"""At which calls a fault happens."""

from __future__ import annotations

from gateway.core.adobe.routes import RoutePattern
from gateway.core.fault_when import MOST_CALLS, Calls, FaultWhen, Schedule, _calls
from tests.core.faults.calls import request
from tests.harness.for_each import for_each

PROFILES = (RoutePattern.parse("GET /api/v2/{sp}/profiles"),)


@for_each(
    ("when", "met"),
    [
        (FaultWhen(), True),
        (FaultWhen(route=PROFILES), False),
        (FaultWhen(route=(*PROFILES, RoutePattern.parse("GET /api/v2/{sp}/logout/{mvpd}"))), True),
        (FaultWhen(device=("tv-1",)), True),
        (FaultWhen(device=("tv-2", "roku-tv-1")), True),
        (FaultWhen(device=("192.168.0.7",)), True),
        (FaultWhen(device=("203.0.113.7",)), True),
        (FaultWhen(device=("tv-2",)), False),
        (FaultWhen(upstream=("staging",)), True),
        (FaultWhen(upstream=("production",)), False),
        (FaultWhen(device=("tv-1",), upstream=("production",)), False),
    ],
)
def test_route_device_and_upstream(when: FaultWhen, met: bool) -> None:
    assert when.meets(request()) is met


@for_each(
    ("written", "calls"),
    [
        (3, (Calls(3, 3),)), ("3", (Calls(3, 3),)), ("3..5", (Calls(3, 5),)), ("3..", (Calls(3, MOST_CALLS),)), ([1, "4 .. 6"], (Calls(1, 1), Calls(4, 6))),
        (0, None), ("5..3", None), ([], None), ("x", None), (True, None), (1.0, None), ([1, None], None), ("..3", None), (None, None),
    ],
)  # fmt: skip
def test_the_numbers_of_calls(written: object, calls: object) -> None:
    assert _calls(written) == calls


@for_each(
    ("nth", "taken"),
    [
        ((), [1, 2, 3, 4, 5, 6]),
        ((Calls(2, 2),), [2]),
        ((Calls(1, 1), Calls(4, MOST_CALLS)), [1, 4, 5, 6]),
    ],
)
def test_which_calls_are_taken(nth: tuple[Calls, ...], taken: list[int]) -> None:
    assert [number for number in range(1, 7) if FaultWhen(nth=nth).takes(number)] == taken


def test_a_schedule_that_begins_again_before_it_is_over_never_ends() -> None:
    assert Schedule(lasts=5, every=5).never_ends
    assert Schedule(every=5).never_ends
    assert not any(fine.never_ends for fine in (Schedule(), Schedule(lasts=5), Schedule(lasts=2, every=5)))


@for_each(
    ("schedule", "on"),
    [
        (Schedule(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (Schedule(after=3), [3, 4, 5, 6, 7, 8, 9]),
        (Schedule(after=3, lasts=2), [3, 4]),
        (Schedule(lasts=2, every=5), [0, 1, 5, 6]),
        (Schedule(after=1, lasts=1, every=3), [1, 4, 7]),
    ],
)
def test_the_seconds_of_a_schedule(schedule: Schedule, on: list[int]) -> None:
    assert [second for second in range(10) if schedule.is_on(second)] == on


def test_ranges_are_shown_as_they_are_written() -> None:
    assert [str(calls) for calls in (Calls(3, 3), Calls(3, 5), Calls(3, MOST_CALLS))] == ["3", "3..5", "3.."]

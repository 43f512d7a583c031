"""Steps rest while their slices are the same objects as before, and while those without a slice have none."""

from __future__ import annotations

from typing import Any

from gateway.core.checking import Noticed, SeenExchange
from gateway.core.over_time import Step, Steps
from gateway.core.unchanged import Half, Unchanged
from tests.harness.for_each import for_each

NOBODY: Any = None
"""No call, and no description of a check: the steps of this test read neither."""


def keep(before: object, _: SeenExchange) -> tuple[object, tuple[Noticed, ...]]:
    return before, ()


STEP = Step(keep, False, None, None, NOBODY, "info")
SLICES: list[tuple[dict[str, object], dict[str, object], bool]] = [
    ({}, {}, True),
    ({}, {"a": 1}, False),
    ({"a": 1}, {"a": 1}, True),
    ({"a": 1}, {"a": 1, "of another device": 2}, True),
    ({"a": 1}, {"a": 2}, False),
    ({"a": 1}, {}, False),
    ({"a": 1}, {"a": 1, "b": 1}, False),
    ({"a": 1, "b": 2}, {"a": 1, "b": 2}, True),
    ({"a": 1, "b": 2}, {"a": 1, "b": 3}, False),
    ({"a": 1, "b": 2}, {"b": 2}, False),
    ({"a": (), "b": 2}, {"a": (), "b": 2}, True),
    ({"a": ()}, {"a": ()}, True),
    ({"a": ()}, {}, False),
]
"""The slices when the call was judged, the slices now, and whether the call is judged as before."""


@for_each(("then", "now", "same"), SLICES)
def test_a_call_is_judged_as_before_while_its_slices_are_unchanged(
    then: dict[str, object], now: dict[str, object], same: bool
) -> None:
    steps = Steps(("a", "b", "c"), (STEP, STEP, STEP))
    steps.take(SeenExchange(NOBODY, None, 1.0), 1.0, then)
    unchanged = Unchanged(NOBODY, (Half(steps),))
    assert (unchanged.changes(2.0, now) is not None) is same


def test_a_call_with_no_steps_is_always_judged_as_before() -> None:
    assert Unchanged(NOBODY, (Half(Steps((), ())),)).changes(2.0, {"a": 1}) == ()

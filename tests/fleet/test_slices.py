"""Slices of checks over time survive the way to Redis and back."""

from __future__ import annotations

from math import inf
from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.checking import OverTimeCheck
from gateway.core.checks import CHECKS
from gateway.core.checks.thr.thr003_throttle_budget import Bucket
from gateway.core.recent import Recent
from gateway.fleet.slices import decoded, encoded

CHECKED = [check for check in CHECKS if isinstance(check, OverTimeCheck)]


@settings(max_examples=2)
@given(st.data())
def test_each_slice_reads_back_equal(data: st.DataObject) -> None:
    """Whatever a check keeps, as its step's type says it."""
    for check in CHECKED:
        hints = get_type_hints(check.step)
        value: Any = data.draw(st.from_type(hints[next(iter(hints))]))
        if value == value:  # noqa: PLR0124  # no time is NaN
            read = decoded(f"{check.info.id} in key", encoded(value))
            assert (read, type(read)) == (value, type(value)) or read != read  # noqa: PLR0124


@pytest.mark.parametrize(
    ("check", "value"),
    [("THR003", Bucket(3.5, 12.25, low=True)), ("DEV007", Recent((("tag", 1.5),), -inf)), ("THR003", None)],
)
def test_a_slice_reads_back_equal(check: str, value: object) -> None:
    assert decoded(f"{check} in tag", encoded(value)) == value


@pytest.mark.parametrize(("slot", "data"), [("THR003 in x", b"\xc1"), ("THR003 in x", b""), ("THR999 in x", b"\xc0")])
def test_what_is_no_slice_is_refused(slot: str, data: bytes) -> None:
    with pytest.raises((ValueError, msgspec.DecodeError)):
        decoded(slot, data)

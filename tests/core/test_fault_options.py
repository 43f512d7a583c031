"""How options of faults are written."""

from __future__ import annotations

import pytest

from gateway.core.fault_options import number_in, seconds_in, whole_in
from tests.harness.for_each import for_each


@for_each(
    ("written", "seconds"),
    [
        (2, 2.0), (0.5, 0.5), (0, 0.0), ("500ms", 0.5), ("2s", 2.0), ("1.5 m", 90.0), ("1h", 3600.0), (3600, 3600.0),
        (3601, None), ("2h", None), (-1, None), ("-1s", None), (True, None), (None, None), ("2", None), ("s", None), ("1d", None),
        (float("nan"), None), (float("inf"), None), ([], None), ("9" * 400 + "s", None), ("١s", None),
    ],
)  # fmt: skip
def test_seconds(written: object, seconds: float | None) -> None:
    assert seconds_in(written) == (pytest.approx(seconds) if seconds is not None else None)


def test_numbers_are_within_bounds_and_no_truth_is_a_number() -> None:
    assert number_in(0.5, 0, 1) == 0.5
    assert number_in(1.1, 0, 1) is number_in(True, 0, 1) is number_in("1", 0, 1) is None
    assert whole_in(3, 1, 5) == 3
    assert whole_in(3.0, 1, 5) is whole_in(6, 1, 5) is whole_in(True, 0, 1) is None

"""Times as text and as seconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.times import LONGEST, Stamps, date_of, seconds_of, seconds_of_date, stamp
from tests.harness.for_each import for_each


@for_each(
    ("text", "seconds"),
    [
        ("2026-11-21T22:17:05.120Z", 1795299425.12),
        (" 2026-11-21T22:17:05.120Z\n", 1795299425.12),
        ("2026-11-21T23:17:05.120+01:00", 1795299425.12),
        ("2026-11-21T22:17:05.120", 1795299425.12),
        ("", None),
        ("Sat, 21 Nov 2026", None),
        ("2026-13-01", None),
        ("2026-11-21" + " " * LONGEST, None),
    ],
)
def test_a_time_is_read_as_utc(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["2026-11-21", "2026-11-21T22:17:05"])
def test_a_time_without_a_zone_may_be_none(text: str) -> None:
    assert seconds_of(text, zoned=True) is None
    assert seconds_of(f"{text[:10]}T22:17:05Z", zoned=True) == 1795299425.0


@for_each(
    ("text", "seconds"),
    [
        ("Sat, 21 Nov 2026 22:17:05 GMT", 1795299425.0),
        ("Sat, 21 Nov 2026 22:17:05 -0000", 1795299425.0),
        ("Sat, 21 Nov 2026 23:17:05 +0100", 1795299425.0),
        ("", None),
        ("yesterday", None),
        ("Sat, 99 Nov 2026 22:17:05 GMT", None),
        ("Sat, 21 Nov 2026 22:17:05 GMT" + " " * LONGEST, None),
    ],
)
def test_the_date_of_a_field(text: str, seconds: float | None) -> None:
    assert seconds_of_date(text) == seconds


@given(st.text(max_size=70))
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (seconds_of, seconds_of_date):
        assert isinstance(read(text), float | None)


@given(st.integers(0, 253402300799999))
def test_what_is_written_is_read_back(milliseconds: int) -> None:
    text = stamp(milliseconds / 1000)
    assert len(text) == len("2026-11-21T22:17:05.120Z")
    assert seconds_of(text, zoned=True) == pytest.approx(milliseconds / 1000, abs=0.0011)


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (1795299425.9, "2026-11-21T22:17:05Z"),
        (1e30, "beyond all dates"),
        (-1e30, "beyond all dates"),
        (float("nan"), "beyond all dates"),
    ],
)
def test_a_date_is_written_or_beyond_all(seconds: float, says: str) -> None:
    assert date_of(seconds) == says


def test_no_stamp_is_beyond_all_calendars() -> None:
    with pytest.raises(ValueError, match="no calendar"):
        stamp(1e30)


@given(
    st.lists(
        st.floats(-1e9, 1e11)
        | st.floats(1.7e9, 1.7e9 + 3)
        | st.floats(1.7e9, 1.7e9 + 0.004)
        | st.integers(0, 9).map(lambda ms: 1.7e9 + ms / 1000)
    )
)
def test_times_that_follow_one_another_are_written_as_each_alone(times: list[float]) -> None:
    written = Stamps()
    assert [written(at) for at in times] == [stamp(at) for at in times]

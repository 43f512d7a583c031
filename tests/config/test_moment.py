"""Times and ages as people write them."""

from __future__ import annotations

import pytest

from gateway.config.moment import moment


def test_a_time_is_itself_and_an_age_is_counted_back_from_now() -> None:
    now = 1_764_308_405.5
    for text, expected in (
        ("2025-11-28T05:40:05.5Z", now),
        ("2025-11-28T06:40:05.500+01:00", now),
        ("2025-11-28T05:40:05.5", now),  # without a zone it is UTC
        ("2025-11-28", 1_764_288_000.0),
        ("2d", now - 2 * 86400),
        ("90", now - 90),
    ):
        assert moment(text, now) == expected, text


def test_other_text_is_refused_with_what_is_expected() -> None:
    for text in ("", "soon", "2 days", "2025-13-01", "x" * 10_000):
        with pytest.raises(
            ValueError, match="expected a time such as 2026-11-21T22:17:05Z, or an age such as 2d or 12h"
        ):
            moment(text, 0.0)

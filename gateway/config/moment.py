"""A moment in the past, as a person writes it: a time, or an age."""

from __future__ import annotations

from gateway.config.problems import unexpected
from gateway.config.values import duration
from gateway.core.times import seconds_of


def moment(text: str, now: float) -> float:
    """Return seconds since the epoch, for a time (2026-11-21T22:17:05Z) or an age (2d). Raises ValueError for other text."""
    if (at := seconds_of(text)) is not None:
        return at
    try:
        return now - duration(text)
    except ValueError:
        raise ValueError(unexpected("a time such as 2026-11-21T22:17:05Z, or an age such as 2d or 12h", text)) from None

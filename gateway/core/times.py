"""Times as text and as seconds since the epoch: RFC 3339, and the dates of header fields (RFC 9110 section 5.6.7)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 64
"""Longest text that is read as a time, in characters."""
_LONG_AHEAD = 1 << 36
"""A time two thousand years in the future, in seconds since the epoch."""
_EDGE = 2e-5
"""Seconds at both ends of a millisecond. It is more than half a microsecond, and than the precision of times up to `_LONG_AHEAD`."""
_BEYOND = (ValueError, OverflowError, OSError, TypeError, IndexError)
"""The errors of the readers for a text that is not a time, and for an impossible date."""


def seconds_of(text: str, *, zoned: bool = False) -> float | None:
    """Return the time of an RFC 3339 text, or None. A text without a zone is UTC; with `zoned`, it is not a time."""
    try:
        at = datetime.fromisoformat(text.strip()) if len(text) <= LONGEST else None
        return None if at is None or (zoned and at.tzinfo is None) else _seconds(at)
    except _BEYOND:
        return None


def seconds_of_date(text: str) -> float | None:
    """Return the time of a field such as `Date`, or None."""
    try:
        return _seconds(parsedate_to_datetime(text)) if len(text) <= LONGEST else None
    except _BEYOND:
        return None


def stamp(seconds: float) -> str:
    """Return RFC 3339 with milliseconds, as in a cassette: `2026-11-21T22:17:05.120Z`. Raises ValueError beyond all calendars."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except _BEYOND as error:
        message = "a time that no calendar has"
        raise ValueError(message) from error


class Stamps:
    """Writes times as `stamp` does. The text of a millisecond, and the start of the text for a second, are made only once."""

    __slots__ = ("_from", "_last", "_start", "_until", "_whole")

    def __init__(self) -> None:
        self._whole = -1
        self._start = ""
        self._from = self._until = -1.0
        """For times between these, `_last` is the text. It is a millisecond without its ends, where rounding decides."""
        self._last = ""

    def __call__(self, seconds: float) -> str:
        """Return RFC 3339 with milliseconds. Raises ValueError for a time beyond all calendars."""
        if self._from < seconds < self._until:
            return self._last
        whole = int(seconds) if 0 <= seconds < _LONG_AHEAD else -1
        # rounded to a microsecond, and then cut to a millisecond, as `datetime` does
        micros = round((seconds - whole) * 1_000_000)
        if whole < 0 or micros == 1_000_000:  # noqa: PLR2004  # which is the next second
            return stamp(seconds)
        if whole != self._whole:
            self._whole, self._start = whole, stamp(whole)[: -len("000Z")]
        millis = micros // 1000
        self._from, self._until = whole + millis / 1000 + _EDGE, whole + (millis + 1) / 1000 - _EDGE
        self._last = f"{self._start}{millis:03}Z"
        return self._last


def date_of(seconds: float) -> str:
    """Return RFC 3339 without fractions, for a person. A time beyond all calendars becomes `beyond all dates`."""
    try:
        return f"{stamp(seconds)[:-5]}Z"
    except ValueError:
        return "beyond all dates"


def _seconds(at: datetime) -> float:
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()

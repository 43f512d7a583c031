"""The reason phrases of statuses."""

from __future__ import annotations

from http import HTTPStatus

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
BODILESS = frozenset({204, 205, 304})
"""Statuses whose answers have no content (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5)."""


def reason_of(status: int) -> str:
    """Return the registered phrase of a status; empty if there is none."""
    return _PHRASES.get(status, "")

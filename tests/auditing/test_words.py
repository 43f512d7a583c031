"""A finding that was made before is made again in the words of then, and once."""

from __future__ import annotations

from gateway.auditing.words import in_words_of
from gateway.core.model import Finding


def found(check: str, what: str, where: str = "header X", severity: str = "error") -> Finding:
    return Finding(check, severity, where, what, "")  # type: ignore[arg-type]  # one of them


def test_in_words_of() -> None:
    before = [found("A1", "first"), found("A1", "second"), found("B1", "gone")]
    now = [
        found("A1", "x"),
        found("C1", "new"),
        found("A1", "y", severity="info"),
        found("A1", "z"),
        found("A1", "w", "path"),
    ]
    again, left = in_words_of(before, now)
    assert [(one.id, one.found, one.severity) for one in again] == [
        ("A1", "first", "error"),
        ("C1", "new", "error"),
        ("A1", "second", "info"),
        ("A1", "z", "error"),
        ("A1", "w", "error"),
    ]
    assert left == [found("B1", "gone")]
    assert in_words_of([], now) == (now, [])

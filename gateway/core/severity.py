"""Severities of findings, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.core.model import Severity

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From worst to least."""
RANK: Mapping[str, int] = {severity: place for place, severity in enumerate(SEVERITIES)}
"""Sort key: 0 is the worst."""
NOUNS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
"""The word for one finding of a severity."""
MARKS: Mapping[Severity, str] = {"error": "✗", "warning": "!", "info": "·"}
"""A sign for a severity, if there is little space."""
GLYPHS: Mapping[Severity, str] = {"error": "✕", "warning": "!", "info": "i"}
"""The sign of a severity in a browser, beside its colour."""


def at_least(severity: Severity, least: Severity) -> bool:
    """Whether a severity is `least`, or worse."""
    return RANK[severity] <= RANK[least]


def worst(severities: Iterable[Severity]) -> Severity | None:
    """Return the worst of some severities; None if there are none."""
    return min(severities, key=RANK.__getitem__, default=None)

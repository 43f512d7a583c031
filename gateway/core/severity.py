"""How bad a finding is: the severities in their one order, and what is compared by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.core.model import Severity

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From worst to least."""
RANK: Mapping[str, int] = {severity: place for place, severity in enumerate(SEVERITIES)}
"""What sorts by severity, the worst first: 0 is the worst."""
NOUNS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
"""What a person calls one finding of a severity."""
MARKS: Mapping[Severity, str] = {"error": "✗", "warning": "!", "info": "·"}
"""What stands for a severity where there is little room."""
GLYPHS: Mapping[Severity, str] = {"error": "✕", "warning": "!", "info": "i"}
"""What stands for it in a browser, beside its colour."""


def at_least(severity: Severity, least: Severity) -> bool:
    """Whether a severity is `least`, or worse."""
    return RANK[severity] <= RANK[least]


def worst(severities: Iterable[Severity]) -> Severity | None:
    """Return the worst of some severities; None where there are none."""
    return min(severities, key=RANK.__getitem__, default=None)

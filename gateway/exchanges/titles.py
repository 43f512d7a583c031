"""The title of each finding, and what to change, by the finding's id."""

from __future__ import annotations

from gateway.core.adobe.rewriting import TITLES as OF_RULES

_of_checks: dict[str, tuple[str, str]] = {}


def title_of(finding: str) -> str:
    """Return the title of a finding by its id; empty for an unknown id."""
    return OF_RULES[finding] if finding in OF_RULES else _about(finding)[0]


def fix_of(finding: str) -> str:
    """Return what to change about a finding, by its id; empty for a rule's finding, and for an unknown id."""
    return _about(finding)[1]


def _about(finding: str) -> tuple[str, str]:
    if not _of_checks:
        from gateway.core.checks import CHECKS  # noqa: PLC0415  # a run without audit does not need them

        _of_checks.update({check.info.id: (check.info.title, check.info.fix) for check in CHECKS})
    return _of_checks.get(finding, ("", ""))

"""What a finding's id stands for: what is wrong, in a few words, and what to change."""

from __future__ import annotations

from gateway.core.adobe.rewriting import TITLES as OF_RULES

_of_checks: dict[str, tuple[str, str]] = {}


def title_of(finding: str) -> str:
    """Return the title of a finding by its id; empty for an id that is none."""
    return OF_RULES[finding] if finding in OF_RULES else _about(finding)[0]


def fix_of(finding: str) -> str:
    """Return what to change about a finding, by its id; empty for one of a rule, and for an id that is none."""
    return _about(finding)[1]


def _about(finding: str) -> tuple[str, str]:
    if not _of_checks:
        from gateway.core.checks import CHECKS  # noqa: PLC0415  # who found something has imported them; a run without audit has not

        _of_checks.update({check.info.id: (check.info.title, check.info.fix) for check in CHECKS})
    return _of_checks.get(finding, ("", ""))

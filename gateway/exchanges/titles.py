"""The title of each finding: what is wrong, in a few words."""

from __future__ import annotations

from gateway.core.adobe.rewriting import TITLES as OF_RULES

_of_checks: dict[str, str] = {}


def title_of(finding: str) -> str:
    """Return the title of a finding by its id; empty for an id that is none."""
    if finding in OF_RULES:
        return OF_RULES[finding]
    if not _of_checks:
        from gateway.core.checks import CHECKS  # noqa: PLC0415  # who found something has imported them; a run without audit has not

        _of_checks.update({check.info.id: check.info.title for check in CHECKS})
    return _of_checks.get(finding, "")

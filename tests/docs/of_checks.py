"""The checks by family, and what Adobe's documentation leaves open, as tables."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from itertools import groupby

from gateway.core.checking import Check
from gateway.core.checks import CHECKS
from tests.docs.tables import table


def checks() -> str:
    """Return each family with its checks, their severities and their titles."""
    return "\n".join(_families())


def _families() -> Iterator[str]:
    for name, family in groupby(CHECKS, _family):
        title = (importlib.import_module(name).__doc__ or "").partition(":")[0]
        rows = (
            (
                one.info.id,
                f"{one.info.severity}, {one.info.milder}" if one.info.milder else one.info.severity,
                one.info.title,
            )
            for one in family
        )
        yield f"### {title}\n\n{table(('check', 'severity', 'what it finds'), rows)}"


def _family(check: Check) -> str:
    """Return the package of the check's family, which its id begins with."""
    return f"gateway.core.checks.{check.info.id[:-3].lower()}"


def open_questions() -> str:
    """Return each open question with the checks that it matters to."""
    questions: dict[str, list[str]] = {}
    for one in CHECKS:
        if one.info.open:
            questions.setdefault(one.info.open, []).append(one.info.id)
    return table(("question", "where it matters"), ((said, ", ".join(ids)) for said, ids in questions.items()))

"""Writes the parts of the documentation that the code knows: `python -m tests.docs.generated`.

A page holds such a part between two comments, `<!-- begin NAME -->` and `<!-- end NAME -->`. PARTS has a function for each NAME.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.docs import of_api, of_checks, of_commands, of_configuration, of_faults, of_metrics, of_pytest, of_redaction
from tests.emulator import codes_table

DOCS = Path(__file__).parents[2] / "docs"
PARTS: Mapping[str, Callable[[], str]] = {
    "api": of_api.endpoints,
    "checks": of_checks.checks,
    "commands": of_commands.commands,
    "configuration": of_configuration.sections,
    "emulator codes": codes_table.table,
    "exit statuses": of_commands.exit_statuses,
    "fault conditions": of_faults.conditions,
    "fault options": of_faults.options,
    "faults": of_faults.faults,
    "metrics": of_metrics.metrics,
    "open questions": of_checks.open_questions,
    "pytest options": of_pytest.options,
    "secret headers": of_redaction.headers,
    "secret names": of_redaction.names,
    "secret paths": of_redaction.paths,
    "secret shapes": of_redaction.shapes,
}
PART = re.compile(r"(<!-- begin ([a-z ]+) -->\n).*?(<!-- end \2 -->\n)", re.DOTALL)


def written(page: str) -> str:
    """Return the page with each generated part written anew."""
    return PART.sub(lambda part: f"{part[1]}\n{PARTS[part[2]]().strip()}\n\n{part[3]}", page)


def pages() -> list[Path]:
    """Return the pages that have a generated part."""
    return [path for path in sorted(DOCS.rglob("*.md")) if PART.search(path.read_text("utf-8"))]


def main() -> None:
    """Write every page that has changed, and name it."""
    for path in pages():
        old = path.read_text("utf-8")
        new = written(old)
        if new != old:
            path.write_text(new, "utf-8")
            print(path.relative_to(DOCS.parent))  # noqa: T201


if __name__ == "__main__":
    main()

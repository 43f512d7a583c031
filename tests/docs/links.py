"""Links of the documentation that lead out of `docs/`: they are right in the repository, and lead nowhere in the site."""

from __future__ import annotations

import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[([^\]\[]+)\]\(([^)\s#]+)(#[^)\s]*)?\)")
"""A link of Markdown: its text, its target, and its anchor."""


def without_sources(text: str, folder: str) -> tuple[str, list[str]]:
    """Return a page with its links to source files as text, and the targets among them that do not exist.

    `folder` is the page's folder, relative to `docs/`.
    """
    missing: list[str] = []

    def as_text(link: re.Match[str]) -> str:
        said, target = link[1], link[2]
        inside = os.path.normpath(Path(folder) / target)
        if ":" in target or not inside.startswith(".."):
            return link[0]
        if not (ROOT / "docs" / inside).exists():
            missing.append(target)
        return said

    return LINK.sub(as_text, text), missing

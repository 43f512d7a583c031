"""Which cassettes lie in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def available(folder: Path) -> list[str]:
    """Return the names of the cassettes in `folder`, sorted and without `.yaml`; none where there is no such folder."""
    try:
        return sorted(path.stem for path in folder.iterdir() if path.suffix == ".yaml" and path.is_file())
    except OSError:
        return []

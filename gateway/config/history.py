"""The section `history`."""

from pathlib import Path
from typing import Annotated

from gateway.config.marks import Range
from gateway.config.reading import Section
from gateway.config.section import Duration, FilePath, Size


class HistorySection(Section, frozen=True):
    """A file that keeps exchanges and their findings, redacted. The page and `gateway audit --history` read it."""

    file: FilePath = Path("history.sqlite")
    """SQLite file, readable by its owner alone; SQLite makes two more beside it, whose names begin with its name."""
    max_age: Annotated[Duration, Range(least=60)] = 7 * 86400
    """Exchanges older than this are removed: seconds, or 7d, 12h."""
    max_size: Annotated[Size, Range(least=1 << 20)] = 1 << 30
    """Bytes that the file may have, as a number or with a unit (1GiB); the oldest exchanges are removed first."""
    bodies: bool = False
    """Whether bodies of up to 64 KiB are kept too, redacted. Bodies of client registration and tokens are never kept."""

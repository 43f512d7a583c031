"""The section `history`."""

from pathlib import Path
from typing import Annotated

from gateway.config.marks import Range
from gateway.config.reading import Section
from gateway.config.section import Duration, FilePath, Size


class HistorySection(Section, frozen=True):
    """A file that keeps exchanges and their findings, redacted. The page and `gateway audit --history` read it."""

    file: FilePath = Path("history.sqlite")
    """SQLite file. Only its owner can read it. SQLite makes two more files beside it; their names begin with its name."""
    max_age: Annotated[Duration, Range(least=60)] = 7 * 86400
    """Age at which exchanges are removed: a number of seconds, or with a unit, such as 7d or 12h."""
    max_size: Annotated[Size, Range(least=1 << 20)] = 1 << 30
    """Largest size of the file, in bytes or with a unit (1GiB). The oldest exchanges are removed first."""
    bodies: bool = False
    """Whether bodies of up to 64 KiB are also kept, redacted. Bodies of client registration and tokens are never kept."""

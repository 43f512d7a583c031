"""The baseline, a file of known findings: reads it, compares findings with it, and writes it."""

from __future__ import annotations

from pathlib import Path

from gateway.reports import baseline
from gateway.reports.baseline import BaselineError
from gateway.reports.model import Result
from gateway.system.files import replace_file


def read_baseline(path: Path) -> frozenset[str]:
    """Return the fingerprints in a baseline file. Raises BaselineError for any other file."""
    try:
        return baseline.read(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path}: expected a baseline, found: {error.strerror or error}; --update-baseline writes one"
        raise BaselineError(message) from error
    except ValueError as error:
        message = f"{path}: {error if isinstance(error, BaselineError) else 'expected UTF-8, found other bytes'}"
        raise BaselineError(message) from error


def compared(result: Result, path: Path, *, update: bool = False) -> Result:
    """Return a result compared with the baseline at `path`. `update` first writes the baseline from the result, so no finding is new."""
    if update:
        replace_file(path, baseline.write(result).encode("utf-8", "backslashreplace"))
    return result.against(read_baseline(path))

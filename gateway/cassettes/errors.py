"""Errors of a cassette, with file, line, what was found and what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.mistake import Mistake

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.core.codings import CodingError


class CassetteError(Mistake):
    """A cassette that cannot be read or appended to.

    `str()` is one line for a person: `cassettes/logout.yaml:12: response.headers: expected …, found …; advice`.
    """

    def __init__(
        self, path: Path, line: int = 0, where: str = "", *, expected: str, found: str, advice: str = ""
    ) -> None:
        self.path = path
        self.line = line
        """The line, from 1. 0 if the error is about the whole file."""
        self.where = where
        self.expected = expected
        self.found = found
        self.advice = advice
        place = f"{path}:{line}" if line else f"{path}"
        super().__init__(
            f"{place}: {where + ': ' if where else ''}expected {expected}, found {found}{'; ' + advice if advice else ''}"
        )


class CassetteMissingError(CassetteError):
    """The file does not exist. The advice names the cassettes in its folder."""


class CassetteReadOnlyError(CassetteError):
    """Nothing can be recorded in this place: because of a permission, a disk that cannot be written, or a folder of the same name."""


class CassetteWriteError(OSError):
    """An interaction could not be written. The file is as long as before, without the new interaction."""


class Problem(Exception):  # noqa: N818  it never leaves the room: the reader makes a CassetteError of it
    """A problem on a line, from a function that does not know the file."""

    def __init__(self, line: int, where: str, expected: str, found: str, advice: str = "") -> None:
        super().__init__(expected)
        self.line = line
        self.where = where
        self.expected = expected
        self.found = found
        self.advice = advice

    def of(self, path: Path) -> CassetteError:
        """Return the error with the file's path."""
        return CassetteError(path, self.line, self.where, expected=self.expected, found=self.found, advice=self.advice)


class Undecoded(Problem):
    """The body of one interaction does not decode. An import leaves this interaction out, and continues."""

    def __init__(self, line: int, where: str, error: CodingError) -> None:
        super().__init__(line, where, "a body that decodes", str(error))

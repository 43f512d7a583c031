"""The cassettes that a session of tests records again. Each new one replaces the older one when the session ends.

Facts
-----
* Several tests may share a cassette. A part of their recordings must not replace the older cassette. So the older cassette stays if one of
  its tests did not finish, or lost a recording.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from gateway.cassettes.draft import Draft


class Drafts(Struct):
    """The drafts of a session, by cassette."""

    _of: dict[Path, _Progress] = {}

    def file(self, cassette: Path) -> Path:
        """Return the file into which tests with this cassette record."""
        if cassette not in self._of:
            self._of[cassette] = _Progress(Draft(cassette))
        return self._of[cassette].draft.file

    def ended(self, cassette: Path, *, recorded: int, lost: int, whole: bool) -> None:
        """Note the number of a test's recordings, and whether the test finished."""
        progress = self._of[cassette]
        progress.recorded += recorded
        progress.lost += lost
        progress.broken += not whole

    def finish(self) -> list[str]:
        """Replace each older cassette by its new recording, or keep it. Return a sentence for each."""
        said = []
        for cassette, progress in self._of.items():
            if progress.broken:
                progress.draft.discard()
                said.append(f"{cassette} was not replaced: one of its tests did not finish")
                continue
            try:
                said.append(progress.draft.finish(progress.recorded, progress.lost))
            except OSError as error:
                said.append(f"{cassette} stays as it was: {error.strerror or error}")
        self._of.clear()
        return said


class _Progress(Struct):
    """A draft, and the results of the tests that record it."""

    draft: Draft
    recorded: int = 0
    lost: int = 0
    broken: int = 0

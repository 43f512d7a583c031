"""The cassettes of a session of tests that are recorded again: each takes its older one's place when the session ends.

Facts
-----
* Several tests may share a cassette, and a part of their recordings must not replace all of them: where one of its tests did not come
  to its end, or lost a recording, the older cassette stays.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from gateway.cassettes.draft import Draft


class Drafts(Struct):
    """The drafts of a session, by their cassettes."""

    _of: dict[Path, _Progress] = {}

    def file(self, cassette: Path) -> Path:
        """Return where a test records that has this cassette."""
        if cassette not in self._of:
            self._of[cassette] = _Progress(Draft(cassette))
        return self._of[cassette].draft.file

    def ended(self, cassette: Path, *, recorded: int, lost: int, whole: bool) -> None:
        """Note what a test has recorded, and whether it came to its end."""
        progress = self._of[cassette]
        progress.recorded += recorded
        progress.lost += lost
        progress.broken += not whole

    def finish(self) -> list[str]:
        """Replace each older cassette with its new recording, or keep it; return which."""
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
    """A draft, and what became of the tests that record it."""

    draft: Draft
    recorded: int = 0
    lost: int = 0
    broken: int = 0

"""A new recording of a cassette, in a file beside it. The file replaces the cassette in one step when the run ends.

Facts
-----
* The draft is hidden, so it is not counted as a cassette of the folder. It is in the same folder, so that it can be renamed.
* The old cassette stays if nothing was recorded, or if a recording was lost. Half a cassette must not replace a whole one.
* If a run is killed, the old cassette stays unchanged, and a hidden draft is left.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from gateway.core.wording import many
from gateway.system.files import make_folder
from gateway.system.locking import lock_path, locked

_SHOWN = 40
"""Number of characters of the cassette's name in the draft's name. Otherwise the name could become too long."""


class Draft:
    """The new recording of the cassette at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        real = Path(os.path.realpath(path))
        self._real = real
        self.file = real.with_name(f".{real.stem[:_SHOWN]}.{token_hex(4)}.yaml")
        """The draft's file."""

    def finish(self, recorded: int, lost: int) -> str:
        """Replace the old cassette by the new recording, or keep the old one.

        Return which happened. If OSError is raised, the old one stays.
        """
        try:
            if lost:
                return f"{self.path} stays as it was: {many(lost, 'recording')} of the new one lost"
            if not recorded or not self.file.exists():
                return f"{self.path} was not replaced: nothing was recorded"
            make_folder(self._real.parent)
            with locked(self._real):
                if self._real.exists():
                    os.chmod(self.file, stat.S_IMODE(self._real.stat().st_mode) & ~stat.S_IWOTH)  # noqa: PTH101  # beside fchmod
                with self.file.open("rb") as file:
                    os.fsync(file.fileno())  # before the name, in case of a power cut
                self.file.replace(self._real)
            return f"{self.path}: recorded again, {many(recorded, 'interaction')}"
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove the draft. The older cassette stays."""
        for file in (self.file, lock_path(self.file)):
            with suppress(OSError):
                file.unlink(missing_ok=True)

"""A cassette that is recorded again beside the older one. It replaces that in one step when the run ends.

Facts
-----
* The draft is hidden, so that no folder's cassettes count it, and lies in the same folder, so that it can be renamed.
* The older one stays where nothing was recorded, and where a recording was lost: half a cassette must not replace a whole one.
* A run that is killed leaves the older cassette as it was, and a hidden draft.
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
"""Characters of a cassette's name in the name of its draft, so that the name is not too long."""


class Draft:
    """The new recording of the cassette at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        real = Path(os.path.realpath(path))
        self._real = real
        self.file = real.with_name(f".{real.stem[:_SHOWN]}.{token_hex(4)}.yaml")
        """Where it is recorded."""

    def finish(self, recorded: int, lost: int) -> str:
        """Put the new recording in the older one's place, or leave that; say which. Raises OSError, and the older one stays."""
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
                    os.fsync(file.fileno())  # the name must not point to less than was there before
                self.file.replace(self._real)
            return f"{self.path}: recorded anew, {many(recorded, 'interaction')}"
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove the draft. The older cassette stays."""
        for file in (self.file, lock_path(self.file)):
            with suppress(OSError):
                file.unlink(missing_ok=True)

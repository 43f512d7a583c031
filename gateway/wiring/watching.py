"""Notices changes of the configuration file, for `reload: watch`.

Facts
-----
* The folder is watched, not the file. Editors replace the file with a new one, and Kubernetes changes a link beside it.
* If the system reports no changes (a network disk), a look once a second finds them.
* Only a change of the file's content counts, since a log or a state file in the same folder may change all the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from gateway.config.devices import DEVICES_FILE

LOOK = 1000
"""Milliseconds from one look to the next, if the system reports no changes."""


class Watching:
    """Watches one file, while it is switched on."""

    def __init__(self, file: Path, changed: Callable[[], None]) -> None:
        """Call `changed`, on the event loop, after each change of the file's content."""
        self._file = file
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self._expected: bytes | None = None

    def expect(self, devices: bytes) -> None:
        """Ignore the next change of the file of devices to this content, since its writer applies it."""
        self._expected = devices

    def switch(self, *, on: bool, failed: Callable[[OSError], None]) -> None:
        """Start or stop watching. `failed` is called with the error if the folder cannot be watched."""
        if on and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._watch(failed))
        elif not on and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _watch(self, failed: Callable[[OSError], None]) -> None:
        from watchfiles import awatch  # noqa: PLC0415  # an extra

        content = await asyncio.to_thread(self._content)
        try:
            async for _ in awatch(self._file.parent, recursive=False, rust_timeout=LOOK, yield_on_timeout=True):
                now = await asyncio.to_thread(self._content)
                if now != content:
                    ours = self._expected is not None and now == (content[0], self._expected)
                    content = now
                    if not ours:
                        self._changed()
        except OSError as error:  # the system has no watch left, or the folder is gone
            failed(error)

    def _content(self) -> tuple[bytes | None, bytes | None]:
        """Return the content of the configuration file, and of the file of devices beside it."""
        return _content(self._file), _content(self._file.with_name(DEVICES_FILE))


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None

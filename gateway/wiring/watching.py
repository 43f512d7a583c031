"""Tells when the configuration file has changed, for `reload: watch`.

Facts
-----
* The folder is watched, not the file: editors put a new file in its place, and Kubernetes turns a link beside it.
* If the system reports no changes (a network disk), a look once a second finds them.
* Only a change of the file's content counts: a log or a state file in the same folder changes all the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from gateway.config.devices import DEVICES_FILE

LOOK = 1000
"""Milliseconds from one look to the next where the system tells nothing."""


class Watching:
    """Watches one file, while it is switched on."""

    def __init__(self, file: Path, changed: Callable[[], None]) -> None:
        """Call `changed`, on the loop, each time that the file's content is another one."""
        self._file = file
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self._expected: bytes | None = None

    def expect(self, devices: bytes) -> None:
        """Ignore the next change of the file of devices to this content: its writer applies it itself."""
        self._expected = devices

    def switch(self, *, on: bool, failed: Callable[[OSError], None]) -> None:
        """Watch from now on, or no longer; `failed` hears why the folder cannot be watched."""
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
        """Return what is read of the folder: the file, and the devices beside it."""
        return _content(self._file), _content(self._file.with_name(DEVICES_FILE))


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None

"""A changed configuration file is told of, however it was changed; what else happens in its folder is not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event

import pytest

from gateway.wiring import watching
from gateway.wiring.watching import Watching


async def test_each_way_to_change_a_file_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, content = Event(), watching._content
    monkeypatch.setattr(watching, "LOOK", 100)

    def heard(path: Path) -> bytes | None:
        found = content(path)
        read.set()
        return found

    monkeypatch.setattr(watching, "_content", heard)
    file = tmp_path / "config.yaml"
    file.write_text("mode: auto")
    told: list[bytes] = []
    changed = asyncio.Event()

    def tell() -> None:
        told.append(file.read_bytes())
        changed.set()

    async def next_one() -> None:
        await asyncio.wait_for(changed.wait(), 10)
        changed.clear()

    watcher = Watching(file, tell)
    watcher.switch(on=True, failed=lambda error: pytest.fail(str(error)))
    await asyncio.wait_for(asyncio.to_thread(read.wait), 10)
    file.write_text("mode: replay")
    await next_one()
    (tmp_path / "log").write_text("a line")  # and nothing is told of that
    file.touch()
    other = tmp_path / "..data"
    other.write_text("mode: record")
    other.replace(file)
    await next_one()
    devices = tmp_path / "devices.yaml"
    watcher.expect(b"devices: {}")  # whoever writes it puts it into force, and nothing is told of that
    devices.write_text("devices: {}")
    await asyncio.sleep(0.3)
    assert told == [b"mode: replay", b"mode: record"]
    devices.write_text("devices:")
    await next_one()
    assert told.pop() == b"mode: record"
    watcher.switch(on=True, failed=lambda error: pytest.fail(str(error)))  # as before
    assert told == [b"mode: replay", b"mode: record"]
    watcher.switch(on=False, failed=lambda error: pytest.fail(str(error)))
    assert watcher._task is None


async def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    said = asyncio.get_running_loop().create_future()
    watcher = Watching(tmp_path / "none" / "config.yaml", lambda: None)
    watcher.switch(on=True, failed=said.set_result)
    assert isinstance(await asyncio.wait_for(said, 10), OSError)

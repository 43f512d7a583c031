"""Nobody waits without end for a lock that another process holds."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from gateway.cassettes.errors import CassetteWriteError
from gateway.cassettes.writer import Writer
from gateway.system import locking
from gateway.system.locking import FileLock, LockHeldError, lock_path


@pytest.fixture
def held(tmp_path: Path) -> Iterator[BinaryIO]:
    """Hold the lock of `c.yaml`; to close the file lets it go. Another descriptor is like another process."""
    with lock_path(tmp_path / "c.yaml").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def test_the_message_names_the_lock(held: BinaryIO, tmp_path: Path) -> None:
    with (tmp_path / "c.yaml.lock").open() as mine, pytest.raises(LockHeldError) as raised:
        locking.lock(mine.fileno(), tmp_path / "c.yaml.lock", seconds=0)
    assert raised.value.strerror == "another process holds the lock c.yaml.lock; waited 0 s"
    assert raised.value.filename == held.name


def test_after_one_long_wait_the_next_ones_are_short_until_it_is_free(
    held: BinaryIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each exchange that records waits for it."""
    monkeypatch.setattr(locking, "STILL_HELD", 0.02)
    lock = FileLock(tmp_path / "c.yaml")
    lock._patience = 0.03
    waited = []
    for _ in range(3):
        with pytest.raises(LockHeldError) as raised, lock:
            pass
        waited.append(str(raised.value.strerror).partition("waited ")[2])
    held.close()
    with lock:
        assert lock._patience == locking.PATIENCE
    lock.close()
    assert waited == ["0.03 s", "0.02 s", "0.02 s"]


def test_a_lock_that_is_let_go_is_had(held: BinaryIO, tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "c.yaml")
    threading.Timer(0.05, held.close).start()
    with lock:
        assert held.closed
    lock.close()


def test_closing_ends_the_wait_and_writes_nothing(held: BinaryIO, tmp_path: Path) -> None:
    writer = Writer(tmp_path / "c.yaml")
    errors: list[Exception] = []

    def append() -> None:
        try:
            writer.append([b"- request:\n"])
        except CassetteWriteError as error:
            errors.append(error)

    appending = threading.Thread(target=append)
    appending.start()
    while not writer._thread.locked():
        pass
    writer.close()
    appending.join()
    assert "another process holds the lock c.yaml.lock" in str(errors[0])
    assert not (tmp_path / "c.yaml").exists()
    held.close()


def test_a_lock_for_one_use_gives_its_descriptor_back(held: BinaryIO, tmp_path: Path) -> None:
    held.close()
    with locking.locked(tmp_path / "c.yaml", mode=0o600):
        other = FileLock(tmp_path / "c.yaml")
        with pytest.raises(LockHeldError):
            other.take(0)
    with other:
        pass
    other.close()


async def test_a_loop_waits_for_a_lock_without_being_blocked(tmp_path: Path) -> None:
    """A lock for a purpose is another one than that of the file."""
    file = tmp_path / "state.json"
    async with locking.locked_for(file, "registering", seconds=1, mode=0o600):
        with locking.locked(file), pytest.raises(TimeoutError):
            async with locking.locked_for(file, "registering", seconds=0.01):
                pytest.fail("two have one lock")
    async with locking.locked_for(file, "registering", seconds=1):
        assert (tmp_path / "state.json.registering.lock").stat().st_mode & 0o777 == 0o600

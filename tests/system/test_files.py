"""Files are replaced as a whole or not at all (gateway/files.py), with permissions that let nobody else write."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.auditing.known import compared
from gateway.cassettes.files import keep_copy
from gateway.reports.model import Result
from gateway.system.files import copy_file, make_folder, replace_file
from gateway.transports.clients import StateFile


@pytest.fixture
def no_umask() -> Iterator[None]:
    """Let every permission through, as a container often does."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_content_is_replaced_and_a_link_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "a.yaml", tmp_path / "link.yaml"
    path.write_text("old")
    link.symlink_to(path)
    replace_file(link, b"new")
    assert (path.read_bytes(), link.is_symlink()) == (b"new", True)
    assert {left.name for left in tmp_path.iterdir()} == {"a.yaml", "link.yaml"}


def test_a_device_and_a_pipe_are_written_to_and_stay(tmp_path: Path) -> None:
    replace_file(Path(os.devnull), b"new")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    replace_file(pipe, b"new")
    assert (os.read(reader, 9), pipe.is_fifo()) == (b"new", True)
    os.close(reader)


def test_permissions_are_those_of_another_file_of_the_one_before_or_of_a_new_one(tmp_path: Path) -> None:
    private = tmp_path / "private.yaml"
    private.touch(mode=0o600)
    replace_file(tmp_path / "a.yaml", b"", like=private)
    replace_file(private, b"new")
    replace_file(tmp_path / "b.yaml", b"")
    replace_file(tmp_path / "s.json", b"", mode=0o600)
    (tmp_path / "c.yaml").touch()
    assert [mode(tmp_path / name) for name in ("a.yaml", "private.yaml", "s.json")] == [0o600] * 3
    assert mode(tmp_path / "b.yaml") == mode(tmp_path / "c.yaml")


@pytest.mark.usefixtures("no_umask")
def test_nothing_is_ever_writable_for_everybody(tmp_path: Path) -> None:
    make_folder(tmp_path / "new" / "folder")
    replace_file(tmp_path / "new.yaml", b"")
    (tmp_path / "open.yaml").touch(0o666)
    replace_file(tmp_path / "open.yaml", b"")
    (tmp_path / "open.yaml").chmod(0o666)
    keep_copy(tmp_path / "open.yaml", "damaged")
    (tmp_path / "open.yaml").chmod(0o664)
    assert [str(path) for path in tmp_path.rglob("*") if mode(path) & 0o002] == []


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file": lambda path: replace_file(path, b"new"),
    "a copy": lambda path: copy_file(path, path.with_name("copy")),
    "a baseline": lambda path: compared(Result(files=(), checks=(), version="", fail_on=None), path, update=True),
    "a state": lambda path: StateFile(path).save("key", {"made_for": "me"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_fails_leaves_everything_as_it_was(
    change: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("{}")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        change(path)
    assert path.read_text() == "{}"
    assert [left.name for left in tmp_path.iterdir() if left.suffix != ".lock"] == ["a.yaml"]


def test_a_folder_that_others_make_meanwhile_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several recordings of one moment make the folder of their cassettes."""
    looked = Path.is_dir

    def late(self: Path) -> bool:
        there = looked(self)
        os.makedirs(self, exist_ok=True)  # noqa: PTH103  # Path's own asks is_dir
        return there

    monkeypatch.setattr(Path, "is_dir", late)
    make_folder(tmp_path / "cassettes" / "suite")
    monkeypatch.undo()
    assert (tmp_path / "cassettes" / "suite").is_dir()

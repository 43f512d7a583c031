"""Files are changed as a whole or not at all, and what was there is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.cassettes.files import available, keep_copy, write_whole


def test_cassettes_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "a.yaml.lock", "c.yml"):
        (tmp_path / name).touch()
    (tmp_path / "folder.yaml").mkdir()
    assert available(tmp_path) == ["a", "b"]
    assert available(tmp_path / "nothing") == []


def test_a_copy_never_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    copies = []
    for content in ("one", "two", "three"):
        path.write_text(content)
        copies.append(keep_copy(path, "damaged"))
    assert [copy.name for copy in copies] == ["a.yaml.damaged", "a.yaml.damaged.1", "a.yaml.damaged.2"]
    assert [copy.read_text() for copy in copies] == ["one", "two", "three"]


def test_a_content_is_replaced_and_a_link_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "a.yaml", tmp_path / "link.yaml"
    path.write_text("old")
    link.symlink_to(path)
    write_whole(link, b"new")
    assert (path.read_bytes(), link.is_symlink()) == (b"new", True)
    assert {left.name for left in tmp_path.iterdir()} == {"a.yaml", "link.yaml"}


def test_permissions_are_those_of_another_file_or_of_a_new_one(tmp_path: Path) -> None:
    private = tmp_path / "private.yaml"
    private.touch(mode=0o600)
    write_whole(tmp_path / "a.yaml", b"", like=private)
    write_whole(tmp_path / "b.yaml", b"")
    (tmp_path / "c.yaml").touch()
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("a.yaml", "b.yaml", "c.yaml")}
    assert modes["a.yaml"] == 0o600
    assert modes["b.yaml"] == modes["c.yaml"]


def test_what_fails_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])

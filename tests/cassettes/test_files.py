"""Cassettes are listed by name, and what was there is kept before one is changed."""

from __future__ import annotations

from pathlib import Path

from gateway.cassettes.files import available, keep_copy


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

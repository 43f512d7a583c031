"""Cassettes are listed by name, and what was there is kept before one is changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.cassettes import files
from gateway.cassettes.errors import CassetteMissingError
from gateway.cassettes.files import available, cassettes, cassettes_in, keep_copy, nearest_below, recordings, there
from gateway.cassettes.format import HEAD
from tests.harness.for_each import for_each


def test_cassettes_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "a.yaml.lock", "c.yml"):
        (tmp_path / name).touch()
    (tmp_path / "folder.yaml").mkdir()
    assert available(tmp_path) == ["a", "b"]
    assert available(tmp_path / "nothing") == []


def test_cassettes_below_a_folder_are_found_the_nearest_first(tmp_path: Path) -> None:
    """Sessions put theirs there. Other YAML, hidden folders and packages of Node have none."""
    for name, text in {
        "one.yaml": HEAD,
        "a/deep/one.yaml": HEAD,
        "node/a.yaml": HEAD,
        "node/notes.yaml": b"a: 1\n",
        ".git/a.yaml": HEAD,
        "node_modules/x/a.yaml": HEAD,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text)
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    assert nearest_below(tmp_path) == [tmp_path / "node" / "a.yaml", tmp_path / "a" / "deep" / "one.yaml"]
    assert nearest_below(tmp_path / "nothing") == []


def test_a_search_below_a_large_folder_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOOKED_AT", 3)
    for name in ("a/1.yaml", "a/2.yaml", "a/b/3.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(HEAD)
    assert [path.name for path in nearest_below(tmp_path)] == ["1.yaml", "2.yaml"]


def test_a_message_names_the_cassettes_that_are_there(tmp_path: Path) -> None:
    for name in ("few/one.yaml", "both/one.yaml", "both/node/two.yaml", *(f"many/{n:02}.yaml" for n in range(10))):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(HEAD)
    (tmp_path / "empty").mkdir()
    wrong = []
    for folder, expected in (
        ("few", "cassettes in ~/few: one"),
        ("both", "cassettes in ~/both: one; cassettes below ~/both: ~/both/node/two.yaml"),
        ("many", "cassettes in ~/many: 00, 01, 02, 03, 04, 05, 06, 07 and 2 more"),
        ("empty", "no cassette in ~/empty"),
        ("both/gone", "there is no folder ~/both/gone; cassettes below ~/both: ~/both/node/two.yaml"),
        ("few/gone/deeper", "there is no folder ~/few/gone/deeper"),
    ):
        said = there(tmp_path / folder).replace(str(tmp_path), "~")
        if said != expected:
            wrong.append((folder, said))
    assert wrong == []


OURS = HEAD + b"- request:\n"


@for_each(
    ("name", "content", "is_one"),
    [
        ("a.yaml", b"", True),
        ("a.yml", b"", True),
        ("deep/er/a.json", b"{}", True),
        ("a.yaml", b"anything: else", True),
        ("no suffix", OURS, True),
        ("a.cassette", b"\xef\xbb\xbf" + OURS, True),
        ("a.txt", b"# a comment\n\n---\ninteractions:\n- request:\n", True),
        ("a.yaml.bak", b"interactions: []\nversion: 1\n", True),
        ("a.yaml~", b"version: 1\ninteractions:\n", True),
        ("a.vcr", b'{"version": 1, "interactions": []}', True),
        ("a.vcr", b'{\n "interactions": [', True),
        ("a.txt", b"", False),
        ("a.txt", b"Some interactions: none\n", False),
        ("a.txt", b"version: 10\n", False),
        ("a.yaml.lock", b"", False),
        (".a.yaml", OURS, False),
        (".venv/a.yaml", OURS, False),
        ("a.yaml.damaged", OURS, False),
        ("a.yaml.imported.12", OURS, False),
        ("a.bin", bytes(range(256)) * 256, False),
    ],
)
def test_which_files_of_a_folder_are_cassettes(tmp_path: Path, name: str, content: bytes, is_one: bool) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    assert cassettes_in(tmp_path) == ([path] if is_one else [])


def test_a_folder_or_a_pipe_is_no_cassette_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    os.mkfifo(tmp_path / "pipe")
    assert cassettes_in(tmp_path) == cassettes_in(tmp_path / "nothing") == []


def test_each_file_is_looked_at_once_and_what_is_named_is_one(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "e.txt"):
        (tmp_path / name).touch()
    named = [tmp_path, tmp_path / "b.yaml", tmp_path / "x" / ".." / "e.txt", tmp_path / "none.yaml"]
    assert cassettes(named) == [tmp_path / "a.yml", tmp_path / "b.yaml", *named[2:]]


def test_a_folder_without_cassettes_is_told(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").touch()
    with pytest.raises(
        CassetteMissingError, match="expected a folder with cassettes in it, found a folder without any"
    ):
        cassettes([tmp_path])


def test_findings_follow_their_cassette_or_stand_alone(tmp_path: Path) -> None:
    names = (
        "a.yaml",
        "a.findings.jsonl",
        "b.json",
        "b.yml",
        "b.findings.jsonl",
        "below/c.findings.jsonl",
        ".d.findings.jsonl",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(HEAD)
    folder, wrong = tmp_path, []
    for asked, expected in (
        ([""], ["a.yaml", "a.findings.jsonl", "b.json", "b.findings.jsonl", "b.yml", "below/c.findings.jsonl"]),
        (["a.yaml"], ["a.yaml", "a.findings.jsonl"]),
        (["a.findings.jsonl", "a.yaml"], ["a.findings.jsonl", "a.yaml"]),
        (["below/c.yaml"], ["below/c.findings.jsonl"]),  # nothing was recorded there
        (["none.yaml"], ["none.yaml"]),
        (["below", "a.yaml", "a.yaml"], ["below/c.findings.jsonl", "a.yaml", "a.findings.jsonl"]),
    ):
        found = [path.relative_to(folder).as_posix() for path in recordings([folder / name for name in asked])]
        if found != expected:
            wrong.append(f"{asked}: {found}")
    assert wrong == []
    assert [path.name for path in cassettes([folder])] == ["a.yaml", "b.json", "b.yml"]
    (folder / "empty").mkdir()
    with pytest.raises(CassetteMissingError, match="a folder without any"):
        recordings([folder / "empty"])


def test_a_copy_never_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    copies = []
    for content in ("one", "two", "three"):
        path.write_text(content)
        copies.append(keep_copy(path, "damaged"))
    assert [copy.name for copy in copies] == ["a.yaml.damaged", "a.yaml.damaged.1", "a.yaml.damaged.2"]
    assert [copy.read_text() for copy in copies] == ["one", "two", "three"]

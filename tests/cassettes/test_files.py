"""Cassettes are listed by name, and what was there is kept before one is changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.cassettes.errors import CassetteMissingError
from gateway.cassettes.files import available, available_below, cassettes, cassettes_in, keep_copy, recordings
from gateway.cassettes.format import HEAD
from tests.harness.for_each import for_each


def test_cassettes_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "a.yaml.lock", "c.yml"):
        (tmp_path / name).touch()
    (tmp_path / "folder.yaml").mkdir()
    assert available(tmp_path) == ["a", "b"]
    assert available(tmp_path / "nothing") == []


def test_cassettes_of_sessions_lie_one_step_below(tmp_path: Path) -> None:
    for name, text in {
        "node/a.yaml": HEAD,
        "node/notes.yaml": b"a: 1\n",
        ".git/a.yaml": HEAD,
        "node/deep/a.yaml": HEAD,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text)
    assert available_below(tmp_path) == [tmp_path / "node" / "a.yaml"]
    assert available_below(tmp_path / "nothing") == []


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

"""What is taken out of a cassette, or replaced in it, and that all the rest keeps its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from gateway.cassettes.editing import Changes, edit, expect_own
from gateway.cassettes.errors import CassetteError
from gateway.cassettes.format import HEAD, dump
from gateway.cassettes.reader import load
from gateway.core.model import Interaction
from tests.cassettes.samples import cassette, logout

FOUR = [logout(number, body=b"- request:\n  recorded_at: 'x'\n%d" % number) for number in range(4)]


def unchanging(changes: Changes, held: Sequence[Interaction]) -> Changes:
    assert len(held) == 4
    return changes


def test_the_others_keep_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    blocks = [dump(one) for one in FOUR]
    table: tuple[tuple[dict[int, bytes | None], list[int]], ...] = (
        ({}, [0, 1, 2, 3]),
        ({1: None}, [0, 2, 3]),
        ({0: None, 3: None}, [1, 2]),
        ({2: dump(logout(9))}, [0, 1, 9, 3]),
    )
    for changes, expected in table:
        path.write_bytes(HEAD + b"# a comment\n" + b"".join(blocks))
        assert edit(path, partial(unchanging, changes))[1] == changes
        kept = [blocks[number] if number < 4 else dump(logout(9)) for number in expected]
        assert path.read_bytes() == HEAD + b"# a comment\n" + b"".join(kept)
    assert len(load(path).interactions) == 4


def test_where_nothing_remains_a_file_without_a_byte_stays(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(cassette(*FOUR))
    edit(path, lambda held: dict.fromkeys(range(len(held))))
    assert path.read_bytes() == b""
    assert load(path).interactions == ()


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "c.yaml", tmp_path / "link.yaml"
    path.write_bytes(cassette(*FOUR))
    path.chmod(0o640)
    link.symlink_to(path)
    edit(link, lambda _: {0: None})
    assert (link.is_symlink(), len(load(path).interactions), path.stat().st_mode & 0o777) == (True, 3, 0o640)


def test_another_form_and_a_damaged_one_are_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    for data, said in (
        (b"interactions: []\nversion: 1\n", "gateway cassette import"),
        (b'{"version": 1, "interactions": []}', "gateway cassette import"),
        (cassette(*FOUR)[:-20], "gateway cassette repair"),
        (cassette(*FOUR).replace(b"\n- request:", b"\n-  request:", 1), "expected"),
    ):
        path.write_bytes(data)
        with pytest.raises(CassetteError, match=said):
            edit(path, lambda _: {0: None})
        assert path.read_bytes() == data
    with pytest.raises(CassetteError):
        expect_own(tmp_path / "missing.yaml")
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("missing")] == []

"""A recording cut off anywhere is whole, or is seen to be damaged and mended without losing what was whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.cassettes.errors import CassetteError, CassetteMissingError
from gateway.cassettes.format import HEAD, dump
from gateway.cassettes.reader import load
from gateway.cassettes.repair import Repaired, repair
from gateway.cassettes.writer import Writer
from tests.cassettes.samples import cassette, logout

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("whole", "step"), [(0, 19), (2, 19), *(pytest.param(whole, 1, marks=pytest.mark.long) for whole in (0, 2))]
)
def test_a_cut_at_every_byte(whole: int, step: int, tmp_path: Path) -> None:
    """Wherever the last write was cut off, no reader takes the rest for an interaction, and `repair` gives back the others."""
    before = cassette(*map(logout, range(whole))) if whole else b""
    written = dump(logout(9, b'{"caf\xc3\xa9": "\xf0\x9f\x98\x80"}'))
    written = written if whole else HEAD + written
    path = tmp_path / "a.yaml"
    ends = range(len(written) - 40, len(written))
    for cut in sorted({*range(1, len(written), step), *ends}):
        path.write_bytes(before + written[:cut])
        if cut == len(written) - 1:  # all but the last line's end
            assert len(load(path).interactions) == whole + 1
            assert repair(path) == Repaired(whole + 1, 0, 0, None)
            continue
        with pytest.raises(CassetteError, match="gateway cassette repair"):
            load(path)
        done = repair(path)
        assert done.backup is not None
        assert (done.kept, done.cut_bytes, done.cut_from_line) == (whole, cut, before.count(b"\n") + 1)
        assert path.read_bytes() == before
        assert done.backup.read_bytes() == before + written[:cut]
        done.backup.unlink()
        assert len(load(path).interactions) == whole


def test_recording_goes_on_after_a_repair(tmp_path: Path) -> None:
    """A writer that was open all the while follows to the mended file."""
    path = tmp_path / "a.yaml"
    with Writer(path) as writer:
        writer.append([dump(logout(1)), dump(logout(2))])
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - 30)
        with pytest.raises(CassetteError, match="gateway cassette repair"):
            writer.append([dump(logout(3))])

        repair(path)
        writer.append([dump(logout(4))])

    assert path.read_bytes() == cassette(logout(1), logout(4))


def test_copies_are_kept(tmp_path: Path) -> None:
    """No copy is written over another one, and nothing else stays behind."""
    path = tmp_path / "a.yaml"
    path.write_bytes(cassette(logout(1)) + b"- req")
    path.chmod(0o640)
    first = repair(path)
    path.write_bytes(cassette(logout(1)) + b"- request")
    second = repair(path)

    assert first == Repaired(1, 5, cassette(logout(1)).count(b"\n") + 1, tmp_path / "a.yaml.damaged")
    assert second.backup == tmp_path / "a.yaml.damaged.1"
    assert path.stat().st_mode & 0o777 == 0o640
    assert {file.name for file in tmp_path.iterdir()} == {"a.yaml", "a.yaml.lock", "a.yaml.damaged", "a.yaml.damaged.1"}


def test_an_intact_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(cassette(logout(1)))
    before = path.stat()

    assert repair(path) == Repaired(1, 0, 0, None)
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (cassette(logout(1)) + dump(logout(2))[:200] + b"\n" + dump(logout(3)), "so nothing was cut"),
        (cassette(logout(1)) + dump(logout(2))[:200] + b"\n" + dump(logout(3)) + b"- req", "so nothing was cut"),
        (b"interactions: []\nversion: 1\n", "gateway cassette import"),
        (b"interactions: [", "gateway cassette import"),
    ],
)
def test_what_repair_does_not_touch(data: bytes, told: str, tmp_path: Path) -> None:
    """Damage in the middle, and another tool's file, are for a person to look at."""
    path = tmp_path / "a.yaml"
    path.write_bytes(data)

    with pytest.raises(CassetteError, match=told):
        repair(path)

    assert path.read_bytes() == data
    assert not (tmp_path / "a.yaml.damaged").exists()
    # none is made beside what is no cassette
    assert (tmp_path / "a.yaml.lock").exists() == (told == "so nothing was cut")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CassetteMissingError):
        repair(tmp_path / "a.yaml")
    assert list(tmp_path.iterdir()) == []


def test_a_long_interaction_is_found_from_behind(tmp_path: Path) -> None:
    """The end of the last whole interaction may lie far before the end of the file."""
    path = tmp_path / "a.yaml"
    before = cassette(logout(1), logout(2))
    path.write_bytes(before + dump(logout(3, b"x" * 1_000_000))[:900_000])

    assert repair(path).kept == 2
    assert path.read_bytes() == before

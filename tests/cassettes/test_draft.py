"""A cassette that is recorded again takes the older one's place in one step, or leaves it."""

from __future__ import annotations

from pathlib import Path

from gateway.cassettes.draft import Draft
from gateway.cassettes.files import cassettes_in
from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from tests.cassettes.samples import cassette, logout

OLD = cassette(logout(1), logout(2))


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def recorded(path: Path, *numbers: int) -> Draft:
    draft = Draft(path)
    with Writer(draft.file) as writer:
        writer.append([dump(logout(number)) for number in numbers])
    return draft


def test_it_is_hidden_until_it_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(OLD)
    path.chmod(0o600)
    draft = recorded(path, 7)
    assert (cassettes_in(tmp_path), path.read_bytes()) == ([path], OLD)
    assert draft.finish(1, 0) == f"{path}: recorded again, 1 interaction"
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (cassette(logout(7)), 0o600)
    assert names(tmp_path) == ["c.yaml", "c.yaml.lock"]


def test_the_older_one_stays_where_nothing_was_recorded_or_something_was_lost(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(OLD)
    assert Draft(path).finish(0, 0) == f"{path} was not replaced: nothing was recorded"
    assert recorded(path, 7).finish(1, 2) == f"{path} stays as it was: 2 recordings of the new one lost"
    recorded(path, 7).discard()
    assert (path.read_bytes(), names(tmp_path)) == (OLD, ["c.yaml"])


def test_there_may_be_no_older_one_and_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "new" / "c.yaml", tmp_path / "link.yaml"
    link.symlink_to(path)
    assert recorded(link, 7).finish(1, 0) == f"{link}: recorded again, 1 interaction"
    assert (path.read_bytes(), link.is_symlink()) == (cassette(logout(7)), True)

"""A look at a path never raises."""

from __future__ import annotations

from pathlib import Path

from gateway.config.on_disk import is_file, is_folder, what_is
from tests.config.reading import read, said
from tests.harness.for_each import for_each

LONG = "x" * 300


def test_a_path_has_a_file_a_folder_or_nothing(tmp_path: Path) -> None:
    file, folder, nothing, refused = tmp_path / "file", tmp_path / "folder", tmp_path / "nothing", tmp_path / LONG
    file.touch()
    folder.mkdir()
    assert [is_file(path) for path in (file, folder, nothing, refused)] == [True, False, False, False]
    assert [is_folder(path) for path in (file, folder, nothing, refused)] == [False, True, False, False]
    assert [what_is(path) for path in (folder, nothing, refused)] == ["a folder", "none", "none"]


@for_each(
    ("text", "key"),
    [
        (f"log: {{file: {LONG}/a}}", "log.file"),
        (f"history: {{file: {LONG}/a}}", "history.file"),
        (f"upstreams: {{staging: {{ca_file: {LONG}}}}}", "upstreams.staging.ca_file"),
        (f"listen: {{tls: {{cert_file: {LONG}, key_file: {LONG}}}}}", "listen.tls.cert_file"),
        (f"mode: record\nclients: {{default: {{client_secret_file: {LONG}}}}}", "clients.default.client_secret_file"),
        (f"fleet: {{redis: 'redis://a', key_file: {LONG}}}", "fleet.key_file"),
    ],
)
def test_a_path_that_the_system_refuses_is_told_like_one_without_a_file(text: str, key: str) -> None:
    assert any(line.removeprefix("config.yaml ").startswith(f"{key}: expected a file") for line in said(text))


@for_each("text", [f"log: {{file: {LONG}}}", f"cassettes: {{dir: {LONG}}}", f"cassettes: {{name: {LONG}}}"])
def test_a_path_that_may_be_new_is_refused_when_it_is_opened(text: str) -> None:
    assert LONG in str(read(text))

"""The commands for what exists already, as somebody types them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace
from typer.testing import CliRunner, Result
from vcr.serialize import deserialize
from vcr.serializers import jsonserializer

from gateway.cli import app
from gateway.core.model import Request
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.scrubbing import pasted
from gateway.wiring.keys import VARIABLE
from tests.cassettes.converters import test_cassetter, test_go_vcr, test_ruby_vcr, test_vcr
from tests.cassettes.converters.test_har import entry, har
from tests.cassettes.samples import cassette
from tests.cassettes.test_vcr_json import by_vcrpy
from tests.scrubbing.plants import ACCESS, BEARER, COOKIE, FINGERPRINT, betrayed
from tests.scrubbing.test_lint import CLEAN, RANDOM, answers, asks

ROOT = Path(__file__).parents[2]
KEY = bytes(range(32))
LEAKY = cassette(CLEAN, asks(Authorization=f"Bearer {BEARER}", Cookie=f"a={COOKIE}; b={ACCESS}")(CLEAN))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with two cassettes, one of them leaky, and no key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "cassettes").mkdir()
    (tmp_path / "cassettes/clean.yaml").write_bytes(cassette(CLEAN))
    (tmp_path / "cassettes/leaky.yaml").write_bytes(LEAKY)
    return tmp_path


def gateway(*arguments: str, stdin: bytes | str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=stdin, catch_exceptions=False)


def test_lint_tells_each_leak_on_a_line_and_what_cures_it() -> None:
    told = gateway("cassette", "lint", "cassettes")
    assert told.exit_code == 1
    assert told.stdout.splitlines() == [
        "cassettes/leaky.yaml:25: token at request.headers.Authorization",
        "cassettes/leaky.yaml:27: cookie at request.headers.Cookie",
    ]
    assert told.stderr == "2 leaks in 1 of 2 files; `gateway cassette scrub` removes them\n"
    assert betrayed(told.output) == []


def test_lint_says_what_is_clean_makes_no_key_and_takes_the_rules_of_a_configuration(folder: Path) -> None:
    told = gateway("cassette", "lint", "cassettes/clean.yaml")
    assert (told.exit_code, told.stdout) == (0, "no leaks in 1 file, 1 interaction\n")
    (folder / "own.yaml").write_text('redaction: {rules: [{pattern: "logout/Dish", as: user}]}\n')
    told = gateway("cassette", "lint", "cassettes/clean.yaml", "--config", "own.yaml")
    assert (told.exit_code, told.stdout) == (1, "cassettes/clean.yaml:6: user at request.uri\n")
    assert not (folder / ".gateway-key").exists()


def test_lint_looks_at_the_others_before_it_says_that_one_cannot_be_read(folder: Path) -> None:
    (folder / "cassettes/broken.yaml").write_text("- 1\n")
    told = gateway("cassette", "lint", "cassettes", "missing.yaml")
    assert told.exit_code == 2
    assert len(told.stdout.splitlines()) == 2
    assert told.stderr.startswith("cassettes/broken.yaml:1: expected a map")
    assert "missing.yaml: expected a cassette or a folder of cassettes, found no such file or folder" in told.stderr


def test_scrub_in_place_leaves_nothing_and_says_what_it_removed(folder: Path) -> None:
    before = (folder / "cassettes/clean.yaml").stat().st_ino
    told = gateway("cassette", "scrub", "cassettes", "--in-place")
    assert (told.exit_code, told.stderr) == (0, "")
    assert re.search(r"cookie\W+2\W+token\W+1\W", told.stdout)
    assert told.stdout.endswith("1 of 2 files rewritten, 3 interactions\n")
    assert betrayed((folder / "cassettes/leaky.yaml").read_bytes()) == []
    assert (folder / "cassettes/clean.yaml").stat().st_ino == before
    assert gateway("cassette", "lint", "cassettes").exit_code == 0
    assert (folder / ".gateway-key").stat().st_mode & 0o777 == 0o600
    assert gateway("cassette", "scrub", "cassettes", "--in-place").stdout == "0 of 2 files rewritten, 3 interactions\n"


def test_scrub_into_a_folder_leaves_the_files_alone(folder: Path) -> None:
    told = gateway("cassette", "scrub", "cassettes", "--output", "out")
    assert told.exit_code == 0
    assert (folder / "cassettes/leaky.yaml").read_bytes() == LEAKY
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["clean.yaml", "leaky.yaml"]
    assert gateway("cassette", "lint", "out").exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "expected either --in-place or --output DIR, found neither\n"),
        (["--in-place", "--output", "out"], "expected either --in-place or --output DIR, found both\n"),
        (
            ["--output", "cassettes"],
            "cassettes/clean.yaml: expected another folder than the cassettes' own (or --in-place)\n",
        ),
    ],
)
def test_scrub_asks_where_to_write(folder: Path, options: list[str], message: str) -> None:
    told = gateway("cassette", "scrub", "cassettes", *options)
    assert (told.exit_code, told.stdout, told.stderr) == (2, "", message)
    assert not (folder / ".gateway-key").exists()


def test_scrub_does_the_others_when_one_cannot_be_read(folder: Path) -> None:
    (folder / "cassettes/broken.yaml").write_text("- 1\n")
    told = gateway("cassette", "scrub", "cassettes", "--in-place")
    assert told.exit_code == 2
    assert told.stderr.startswith("cassettes/broken.yaml:1: expected a map")
    assert betrayed((folder / "cassettes/leaky.yaml").read_bytes()) == []


def test_scrub_removes_what_only_looks_like_a_secret(folder: Path) -> None:
    (folder / "cassettes/leaky.yaml").write_bytes(cassette(answers(f'{{"blob": "{RANDOM}"}}')(CLEAN)))
    assert "a long random text" in gateway("cassette", "scrub", "cassettes", "--in-place").stdout
    assert gateway("cassette", "lint", "cassettes").exit_code == 0


def test_json_of_vcrpy_stays_json_and_what_is_no_cassette_is_refused_with_the_way_out(folder: Path) -> None:
    for path in (folder / "cassettes").iterdir():
        path.unlink()
    file = folder / "cassettes/a.json"
    file.write_bytes(by_vcrpy(f'{{"access_token": "{ACCESS}"}} \U0001f600', "b"))
    told = gateway("cassette", "scrub", "cassettes", "--in-place")
    assert (told.exit_code, told.stderr) == (0, "")
    assert betrayed(file.read_bytes()) == []
    first, second = json.loads(file.read_bytes())["interactions"]
    assert first["response"]["body"]["string"].endswith('"} \U0001f600')
    assert second["response"]["body"] == {"string": "b"}
    assert len(deserialize(file.read_text(), jsonserializer)[0]) == 2
    assert gateway("cassette", "lint", "cassettes").exit_code == 0

    others = {
        "a.har.json": (json.dumps(har(entry())), "har"),
        "go.yaml": (test_go_vcr.V1, "go-vcr"),
        "ruby.yml": (test_ruby_vcr.FILE, "ruby-vcr"),
        "cassetter.yaml": (test_cassetter.FILE, "cassetter"),
        "ai.yaml": (test_vcr.PYDANTIC_AI, "vcr"),
    }
    for name, (content, form) in others.items():
        other = folder / "cassettes" / name
        other.write_text(content)
        told = gateway("cassette", "scrub", str(other), "--in-place")
        assert told.exit_code == 2
        assert f"found a recording in the form of {form}" in told.stderr
        assert f"`gateway cassette import {other}` makes a cassette of it" in told.stderr
        assert other.read_text() == content


def test_scrub_says_what_no_live_request_finds_any_more(folder: Path) -> None:
    asked = replace(CLEAN, request=Request("GET", f"/a?pq={RANDOM}"))
    (folder / "cassettes/leaky.yaml").write_bytes(cassette(asked, asked))
    told = gateway("cassette", "scrub", "cassettes", "--in-place")
    assert "cassettes/leaky.yaml: 2 interactions: no live request will find it" in told.stdout
    assert "`redaction.rules: [{query: pq, as: token}]`" in told.stdout


def test_redact_is_a_filter() -> None:
    paste = f"> Authorization: Bearer {BEARER}\r\n> Accept: */*\r\n\xff".encode("latin-1")
    told = gateway("redact", stdin=paste)
    assert told.exit_code == 0
    assert betrayed(told.stdout_bytes) == []
    assert told.stdout_bytes.endswith(b"\r\n> Accept: */*\r\n\xff")
    assert told.stderr == "removed: token ×1\n"


def test_redact_reads_a_file_and_uses_the_key_that_there_is_but_makes_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "paste.txt").write_text(f"AP-Device-Identifier: fingerprint {FINGERPRINT}\n")
    runs = {gateway("redact", "paste.txt").stdout for _ in range(2)}
    assert len(runs) == 2, "a key for each run"
    assert not (folder / ".gateway-key").exists()

    monkeypatch.setenv(VARIABLE, KEY.hex())
    assert gateway("redact", "paste.txt").stdout == gateway("redact", "paste.txt").stdout
    gateway("cassette", "scrub", "cassettes", "--in-place")
    assert not (folder / ".gateway-key").exists()


@pytest.mark.parametrize(("arguments", "name"), [([], "standard input"), (["paste.txt"], "paste.txt")])
def test_redact_takes_no_more_than_it_can_hold(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], name: str
) -> None:
    monkeypatch.setattr(pasted, "LIMIT", 5)
    (folder / "paste.txt").write_text("123456")
    told = gateway("redact", *arguments, stdin="123456")
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr == f"{name}: expected at most 64 MiB, found more; redact the file in parts\n"


def test_redact_says_that_there_is_no_such_file() -> None:
    told = gateway("redact", "none.txt")
    assert (told.exit_code, told.stderr) == (2, "none.txt: No such file or directory\n")


def test_the_key_is_told_by_its_place_and_its_name_and_shown_when_asked_for(folder: Path) -> None:
    (folder / ".gateway-key").write_text(KEY.hex() + "\n")
    told = gateway("redaction", "key")
    assert told.exit_code == 0
    assert told.stdout.startswith(f"key: the file .gateway-key\nid: {Pseudonyms(KEY).key_id}, ")
    assert f'export {VARIABLE}="$(cat .gateway-key)"\n' in told.stdout
    assert KEY.hex() not in told.output
    assert f"{VARIABLE}={KEY.hex()}\n" in gateway("redaction", "key", "--show").stdout


def test_a_key_of_the_environment_is_told_to_be_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY.hex())
    told = gateway("redaction", "key")
    assert told.stdout.startswith(f"key: the environment variable {VARIABLE}\nid: {Pseudonyms(KEY).key_id}, ")
    assert "cat " not in told.stdout


def test_that_there_is_no_key_yet_is_told_with_what_makes_one(folder: Path) -> None:
    told = gateway("redaction", "key")
    assert (told.exit_code, told.stdout[:14]) == (0, "key: none yet;")
    assert gateway("redaction", "key", "--show").exit_code == 1
    (folder / ".gateway-key").write_text("no key")
    told = gateway("redaction", "key")
    assert (told.exit_code, told.stderr) == (2, ".gateway-key: expected 64 hexadecimal digits, found something else\n")


def test_what_is_copied_from_there_shares_the_key(folder: Path) -> None:
    (folder / ".gateway-key").write_text(KEY.hex() + "\n")
    export = next(line for line in gateway("redaction", "key").stdout.splitlines() if "export" in line).partition(": ")[
        2
    ]
    check = subprocess.run(  # noqa: S603  # the line under test
        ["/bin/sh", "-c", f'{export.strip()}; printf %s "${VARIABLE}"'], capture_output=True, check=True, text=True
    )
    assert check.stdout == KEY.hex()


def test_the_hook_runs_lint_on_cassettes_alone() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["id"] == "gateway-cassette-lint"
    files = [
        "cassettes/logout.yaml",
        "tests/cassettes/a/b.yaml",
        "config.yaml",
        "cassettes/x.yaml.lock",
        "mycassettes/a.yaml",
    ]
    assert [bool(re.search(hook["files"], file)) for file in files] == [True, True, False, False, False]
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    run = subprocess.run(  # noqa: S603  # our own entry
        [*hook["entry"].split(), "cassettes/leaky.yaml"], capture_output=True, check=False, text=True, env=environ
    )
    assert (run.returncode, run.stdout.count("\n")) == (1, 2)

"""Any input to any command ends in a message: every command and option of the command line, found by itself, fed hostile files and names."""

from __future__ import annotations

import gzip
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import gateway
from gateway.cassettes.format import HEAD, dump
from gateway.cli import app
from gateway.core.model import Interaction, Request, Response
from gateway.core.secrets.budget import Budget

ROOT = Path(gateway.__file__).parent.parent
STATUSES = {0, 1, 2}
"""70 is none of them: a defect. `exec` has its command's besides, and 126 and 127 where that cannot be started."""
SOON = 60.0
MAIN_WITH_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from gateway.cli import main
main()
"""

DEEP = 100_000
CONTENTS: dict[str, bytes] = {
    "deep JSON": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a long number": b"9" * 5000,
    "a long number in JSON": b'{"log": {"entries": [' + b"9" * 5000 + b']}, "version": ' + b"9" * 5000 + b"}",
    "a long number in YAML": b"version: " + b"9" * 5000 + b"\ninteractions:\n- request: " + b"9" * 5000 + b"\n",
    "NUL": b"\0" * 100,
    "other bytes": b"\xff\xfe\xfd" * 50,
    "a mark": b"\xef\xbb\xbf",
    "UTF-16": "version: 1\n".encode("utf-16"),
    "empty": b"",
    "blank": b"\n \n\t\n",
    "half a gzip": gzip.compress(b"x" * 5000)[:40],
    "a YAML bomb": b"a: &a [x, x, x, x, x, x, x, x, x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (c, c, b", ".join([b"*%c" % (c - 1)] * 9)) for c in range(98, 108)),
    "YAML that holds itself": b"&a [*a]\n",
    "deep YAML": b"- " * 5000 + b"x",
    "deep flow YAML": b"interactions: " + b"[" * 5000,
    "surrogates": b'{"log": {"entries": [{"request": {"method": "\\ud800", "url": "https://a/\\udfff"}}]}}',
    "HAR of nothing": b'{"log": {"entries": [null, 1, {}, {"request": []}]}}',
    "WireMock of nothing": b'{"mappings": [null, 1, {}, {"request": 1e999}]}',
    "a constant": b'{"log": NaN, "mappings": Infinity}',
    "a tnetstring": b"99999999999999999999:x,",
    "a long line": b"x" * 100_000,
    "tags": b"!!python/object/apply:os.system ['true']\n",
    "signs after a scheme": b"Bearer abcdefghijklmnop" + b"=" * 400,
    "HTTP": b"GET /" + b"%" * 3000 + b" HTTP/1.1\r\nAuthorization: Bearer abcdefghijklmnop\r\n\r\n",
}
NAMES: dict[str, str] = {
    "a folder": ".",
    "a device": os.devnull,
    "a long path": "x" * 5000,
    "many folders": "x/" * 2400 + "x",
    "a NUL": "a\0b",
    "a surrogate": "a\udcffb",
    "nothing": "",
    "a file in a file": "some.yaml/a.yaml",
    "above": "../" * 40 + "a.yaml",
    "a blank": " ",
    "a dash": "-x",
    "a newline": "a\nb",
}
SERVING = {"run", "emulator", "demo"}
"""Commands that serve until a signal comes, or need no input."""


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each command of the application, with its words."""

    def below(group: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        for name, command in sorted(group.commands.items()):
            if hasattr(command, "commands"):
                yield from below(command, (*words, name))
            else:
                yield (*words, name), command

    yield from below(typer.main.get_command(app), ())


def lines(command: Any, value: str) -> Iterator[list[str]]:
    """Yield command lines in which `value` stands once: for each argument and each option that takes something."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    needed = [p for p in command.params if p.param_type_name == "option" and p.required]
    options = [p for p in command.params if p.param_type_name == "option" and not p.is_flag]
    good = {
        "command": "true",
        "form": "har",
        "upstream": "emulator",
        "authorization": "token",
        "check": "AUTH001",
        "request": "GET /api/v2/x/y",
    }

    def given(hostile: Any) -> list[str]:
        said = dict.fromkeys([*needed, *([hostile] if hostile in options else [])])
        value_of = {p.name: value if p is hostile else good.get(p.name, "some.yaml") for p in [*said, *arguments]}
        return [
            *(f"{option.opts[-1]}={value_of[option.name]}" for option in said),
            *(value_of[argument.name] for argument in arguments),
        ]

    for parameter in [*arguments, *options]:
        yield given(parameter)


COMMANDS = {" ".join(words): command for words, command in commands() if words[0] not in SERVING}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        monkeypatch.delenv(name)
    for place in ("shared", "offline"):  # they end the process, which is ours
        monkeypatch.setattr(f"gateway.commands.{place}.leave", sys.exit)
    Path("some.yaml").write_bytes(b"")
    Path("token").write_text("abc.def.ghi")


def check(words: list[str], stdin: bytes = b"") -> None:
    result = CliRunner().invoke(app, words, input=stdin)
    error = result.exception
    assert error is None or isinstance(error, SystemExit), (words[:3], repr(error)[:300])
    assert result.exit_code in STATUSES | ({126, 127} if words[0] == "exec" else set()), (words, result.stderr)
    if result.exit_code == 2:
        assert result.output.strip(), f"expected a message, found none: {words}"
    assert "Traceback" not in result.output


def tried(name: str, value: str) -> None:
    for words in lines(COMMANDS[name], value):
        check([*name.split(), *words])


WORST = [
    ("cassette import", "deep JSON"),
    ("redact", "a long number in JSON"),
    ("audit", "deep flow YAML"),
    ("cassette show", "other bytes"),
    ("config check", "a YAML bomb"),
]


@pytest.mark.parametrize(("name", "content"), WORST)
def test_some_of_the_worst_end_in_a_message(name: str, content: str) -> None:
    Path("hostile.yaml").write_bytes(CONTENTS[content])
    tried(name, "hostile.yaml")


def test_a_defect_is_told_by_its_place_and_quotes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        message = "Bearer secret"
        raise KeyError(message)

    monkeypatch.setattr("gateway.auditing.explaining.explained", fails)
    result = CliRunner().invoke(app, ["explain", "AUTH001"])
    assert result.exit_code == 70
    assert result.stderr.startswith("a defect in the gateway: KeyError at ")
    assert "secret" not in result.output


def process(command: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell, in which $G is the gateway."""
    line = command.replace("$G", f'{sys.executable} -c "from gateway.cli import main; main()"')
    return subprocess.run(  # noqa: S602  # the shell closes the streams
        line, shell=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=SOON, check=False
    )  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("$G audit some.yaml >&-", 0),
        ("$G audit some.yaml >&- 2>&- <&-", 0),
        ("$G audit some.yaml >/dev/full", 2),
        ("$G audit some.yaml | head -0", 0),
        ("$G cassette export some.yaml --format har --output - >/dev/full", 2),
        ("$G cassette export some.yaml --format har --output - | head -0", 0),
        ("$G list checks >&-", 0),
        ("$G list checks | head -0", 0),
        ("$G config schema | head -c 5", 0),
        ("LC_ALL=C PYTHONIOENCODING=ascii $G explain AUTH001", 0),
        ("LC_ALL=C $G cassette show \"$(printf 'a\\377')\"", 2),
        ("$G redact <&-", 0),
    ],
)
def test_closed_and_broken_streams_end_in_no_traceback(command: str, status: int) -> None:
    done = process(command)
    assert "Traceback" not in done.stderr, done.stderr
    assert "Exception ignored" not in done.stderr, done.stderr
    assert "None" not in done.stderr
    assert "Broken pipe" not in done.stderr
    assert done.returncode == status, done


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("cassette lint over.yaml", 2),
        ("cassette scrub --in-place over.yaml", 2),
        ("cassette import over.yaml --output new.yaml", 1),
        ("verify over.yaml --upstream emulator --authorization token", 1),
    ],
)
def test_what_is_too_much_work_to_redact_ends_in_a_message(
    command: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one file; the others are done."""
    spent = Budget.spend

    def dear(budget: Budget, amount: int) -> None:
        spent(budget, amount * 1000)

    monkeypatch.setattr(Budget, "spend", dear)
    body = json.dumps([{"access_token": f"a-token-{n:012}"} for n in range(2000)])
    answer = Response(200, body=body.encode() + b"a-token" * 20_000)
    interaction = Interaction("https://api.auth.adobe.com", Request("GET", "/api/v2/R/profiles"), answer, "")
    Path("over.yaml").write_bytes(HEAD + dump(interaction))
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == status, result.output
    assert "more work for redaction than a message may cause" in result.output


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(COMMANDS))
@pytest.mark.parametrize("content", CONTENTS)
def test_any_file_ends_in_a_message(name: str, content: str) -> None:
    Path("hostile.yaml").write_bytes(CONTENTS[content])
    tried(name, "hostile.yaml")


@pytest.mark.parametrize(
    "command",
    [
        "redact -- pipe",
        *(
            pytest.param(f"{command} pipe", marks=pytest.mark.long)
            for command in ("cassette lint", "cassette import", "config check")
        ),
    ],
)
def test_a_named_pipe_is_read_as_a_file_or_told_and_waited_for_no_longer_than_its_writer(command: str) -> None:
    os.mkfifo("pipe")
    done = process(f"(printf 'Bearer abcdefghijklmnop1234' > pipe &) ; $G {command}")
    assert done.returncode in STATUSES, done
    assert "Traceback" not in done.stderr, done.stderr
    assert "abcdefghijklmnop" not in done.stdout


@pytest.mark.parametrize(
    ("command", "ready"),
    [
        ("redact pipe", ""),
        pytest.param("run --port 0 --config none.yaml", "gateway listening", marks=pytest.mark.long),
        pytest.param("exec --mode auto -- sh -c 'echo ready; exec sleep 30'", "ready", marks=pytest.mark.long),
    ],
)
def test_ctrl_c_ends_a_command_without_a_traceback(command: str, ready: str) -> None:
    Path("none.yaml").write_text("{}")
    os.mkfifo("pipe")
    running = subprocess.Popen(  # noqa: S603  # our own
        [sys.executable, "-c", MAIN_WITH_CTRL_C, *shlex.split(command)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    with Path("pipe").open("w") if not ready else nullcontext():  # opened when the command reads
        line = running.stdout.readline() if ready else ""
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=SOON)
    assert ready in line
    assert running.returncode == (0 if command.startswith("run") else 130), said
    assert "Traceback" not in said


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(COMMANDS))
@pytest.mark.parametrize("spelled", NAMES)
def test_any_name_ends_in_a_message(name: str, spelled: str) -> None:
    tried(name, NAMES[spelled])

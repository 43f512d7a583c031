"""The commands that messages, pages and documentation name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from gateway.cli import app
from tests.harness.processes import ROOT

NAMED = re.compile(r"(?:`|<code>|^\$ )gateway ([a-z-]+(?: [^`<\n\"]*)?)", re.MULTILINE)
"""A command in backquotes, in an element of HTML, or after a prompt. Tests run the other blocks of the documentation."""
GATEWAY: Any = typer.main.get_command(app)
OPTION = re.compile(r"(?<=\s)--[a-z][a-z-]*")
FOLDERS = ("gateway", "docs")
ENDINGS = {".py", ".html", ".md", ".yaml"}


def texts() -> Iterator[tuple[str, str]]:
    """Yield each file that may name a command, with its text."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in ENDINGS]
    for path in [ROOT / "README.md", ROOT / "config.yaml", *sorted(files)]:
        yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def unknown(line: str) -> str:
    """Return the first word of a command line that the gateway does not know. Empty if it knows all."""
    command: Any = GATEWAY
    own, _, _ = f" {line} ".partition(" -- ")
    words = own.split()
    while hasattr(command, "commands") and words:
        word = words.pop(0)
        if word.startswith("--"):
            return ""
        if word not in command.commands:
            return word
        command = command.commands[word]
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}
    return next((option for option in OPTION.findall(own) if option not in known), "")


def test_each_command_that_a_text_names_exists_with_its_options() -> None:
    wrong = [
        f"{file}: gateway {found.strip()}: {word}"
        for file, text in texts()
        for found in NAMED.findall(text)
        if (word := unknown(found))
    ]
    assert wrong == []


def test_a_command_or_an_option_that_does_not_exist_is_found() -> None:
    lines = (
        "cassette redact",
        "run --mod replay",
        "cassette scrub --in-place x.yaml",
        "exec --mode auto -- npm test --all",
    )
    assert [unknown(line) for line in lines] == ["redact", "--mod", "", ""]

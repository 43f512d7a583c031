"""The fenced blocks of a page of documentation: what each is, and what becomes of it in the test.

Facts
-----
* A block's language decides. `console` has commands behind `$ ` and the output below each. `sh` has commands alone. Both run in one
  shell for the whole page, from top to bottom, in a folder of its own.
* A block whose first line is a comment with a file's name is that file: `# config.yaml`, `// sign-out.test.mjs`.
* Other YAML is a part of `config.yaml`, and is loaded as one.
* A comment before a block says what is different: `<!-- shown: WHY -->` is not run, `<!-- tested: tests/x.py -->` is run by that
  test, `<!-- exits 1 -->` says how its last command ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"^(?P<indent> *)(?:<!-- (?P<said>(?:shown|tested|exits)[^\n]*?) -->\n+(?P=indent))?```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
FILE = re.compile(r"(?:#|//) ([\w./-]+\.\w+)\n")
"""The first line of a block that is a file."""
COMMAND = re.compile(r"^\$ (?P<command>(?:[^\n]*\\\n)*[^\n]*)\n(?P<output>(?:(?!\$ )[^\n]*\n)*)", re.MULTILINE)

LINE = re.compile(r"^(?:[^\n]*\\\n)*[^\n]+$", re.MULTILINE)
"""A command of `sh`: a line, with those that a backslash continues."""


class Block(NamedTuple):
    """A fenced block."""

    line: int
    language: str
    text: str
    said: str
    """The comment before it, without its brackets."""

    @property
    def file(self) -> str:
        """The name of the file that it is, or nothing."""
        named = FILE.match(self.text)
        return named[1] if named else ""

    @property
    def exits(self) -> int:
        """The exit status of its last command."""
        return int(self.said.removeprefix("exits ")) if self.said.startswith("exits ") else 0

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Its commands, each with the output that it shows."""
        if self.language == "console":
            return [(found["command"], found["output"]) for found in COMMAND.finditer(self.text)]
        return [(command, "") for command in LINE.findall(self.text) if not command.startswith("#")]

    @property
    def kind(self) -> str:
        """What becomes of it: `shown`, `tested`, `file`, `configuration`, `commands`, or nothing that this test knows."""
        if self.said.startswith(("shown: ", "tested: ")):
            return self.said.partition(":")[0]
        if self.file:
            return "file"
        return {"yaml": "configuration", "sh": "commands", "console": "commands"}.get(self.language, "")


def pages() -> list[Path]:
    """Return the README and every page of `docs/`."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page."""
    text = page.read_text("utf-8")
    for found in BLOCK.finditer(text):
        indent = found["indent"]
        inner = re.sub(rf"^{indent}", "", found["text"], flags=re.MULTILINE) if indent else found["text"]
        yield Block(text.count("\n", 0, found.start("language")) + 1, found["language"], inner, found["said"] or "")

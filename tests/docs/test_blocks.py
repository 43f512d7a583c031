"""Every command, snippet and output in the README and the documentation is what happens; what is only shown says why."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from gateway.config import load
from tests.docs import shell
from tests.docs.blocks import ROOT, Block, blocks, pages

PAGES = [page for page in pages() if any(one.kind in {"commands", "configuration", "file"} for one in blocks(page))]


def test_each_block_is_run_or_says_why_not() -> None:
    wrong = [
        f"{page.relative_to(ROOT)}:{one.line}: {why}"
        for page in pages()
        for one in blocks(page)
        if (why := not_said(one, page))
    ]
    assert wrong == []


def not_said(block: Block, page: Path) -> str:
    """Return what is missing at a block."""
    if block.kind == "tested":
        test = ROOT / block.said.removeprefix("tested: ")
        if not test.is_file() or page.name not in test.read_text("utf-8"):
            return f"expected a test that reads {page.name}, found {block.said}"
    return "" if block.kind else "expected a comment before the block: shown: WHY, or tested: FILE"


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    start = shell.command()
    if start is None:
        pytest.skip("this machine allows no network namespaces")
    for program in re.findall(r"^<!-- needs ([\w-]+) -->$", page.read_text("utf-8"), re.MULTILINE):
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program}")
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "gateway").symlink_to(ROOT / "gateway")  # as in a checkout
    with shell.Shell(start, tmp_path / "page") as running:
        for block in blocks(page):
            do(block, running, tmp_path)


def do(block: Block, running: shell.Shell, folder: Path) -> None:
    """Do what a block says."""
    if block.kind in {"shown", "tested"}:
        return
    if block.file:
        file = folder / "page" / block.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, "utf-8")
        if block.file in {"config.yaml", "devices.yaml"}:
            load(file.with_name("config.yaml"), {}, {})
    elif block.language == "yaml":
        alone = folder / f"block-{block.line}.yaml"
        alone.write_text(block.text, "utf-8")
        load(alone, {}, {})
    else:
        for number, (command, shown) in enumerate(block.commands, 1):
            status, output = running.run(command)
            last = number == len(block.commands)
            assert status == (block.exits if last else 0), f"line {block.line}: {command}\nstatus {status}\n{output}"
            if block.language == "console":
                assert as_shown(shown, output), f"line {block.line}: {command}\nshown:\n{shown}\nprinted:\n{output}"


def as_shown(shown: str, output: str) -> bool:
    """Say whether an output is the one that the page shows. `…` stands for anything; times, ids and blanks are not compared."""
    pattern = ".*?".join(re.escape(part) for part in re.split(r" ?… ?", plain(shown)))
    return re.fullmatch(pattern, plain(output), re.DOTALL) is not None


DIFFERS = (
    (re.compile(r"/tmp/[\w./-]+/page\b"), "~"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+Z?)?"), "2026-11-27 21:09:46"),
    (re.compile(r"\d\d:\d\d:\d\d\b"), "21:09:46"),
    (re.compile(r"\b\d+(?:\.\d+)? ?(m?s)\b"), r"1 \1"),
    (re.compile(r"(?<=-)[0-9a-f]{6}\b"), "1a2b3c"),
    (re.compile(r"={3,}"), "==="),
    (re.compile(r"─+|━+"), "─"),
    (re.compile(r"\s+"), " "),
)
"""What differs from run to run, and what is compared in its place."""


def plain(text: str) -> str:
    """Return a text without what differs from run to run."""
    for pattern, same in DIFFERS:
        text = pattern.sub(same, text)
    return text.strip()

"""The documentation has what the code knows. `python -m tests.docs.generated` writes it anew."""

from __future__ import annotations

import re

from tests.docs.generated import DOCS, PARTS, pages, written
from tests.docs.links import ROOT, without_sources

CODES = re.compile(r"(?:gateway_error|Refused|_refuse|refuse)\(\s*\d{3},\s*\"([a-z_]+)\"")
"""An error of the gateway, where the code makes it."""


def test_each_generated_part_is_as_the_code_has_it() -> None:
    stale = [path.name for path in pages() if written(path.read_text("utf-8")) != path.read_text("utf-8")]
    assert stale == [], "python -m tests.docs.generated"


def test_each_part_is_on_a_page() -> None:
    text = "".join(path.read_text("utf-8") for path in pages())
    assert [name for name in PARTS if f"<!-- begin {name} -->" not in text] == []


def test_each_error_of_the_gateway_is_documented() -> None:
    page = (DOCS / "reference" / "errors.md").read_text("utf-8")
    files = [
        path
        for folder in ("transports", "wire", "exchanges", "offline")
        for path in (ROOT / "gateway" / folder).rglob("*.py")
    ]
    codes = {code for path in files for code in CODES.findall(path.read_text("utf-8"))}
    assert len(codes) > 10
    assert {code for code in codes if f"`{code}`" not in page} == set()


def test_a_link_out_of_the_documentation_becomes_text_if_its_file_exists() -> None:
    text = "[a](../../gateway/cli.py) [b](../../gateway/none.py) [c](faults.md) [d](https://example.com/x)"
    assert without_sources(text, "reference") == (
        "a b [c](faults.md) [d](https://example.com/x)",
        ["../../gateway/none.py"],
    )

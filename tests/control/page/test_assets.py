"""What the page is made of besides its HTML: shipped with the package, and nothing else of a disk."""

from __future__ import annotations

import re

from gateway.control.page.assets import FOLDER, MEDIA
from gateway.control.page.rendering import TEMPLATES
from tests.control_lab import steerable


async def test_each_file_is_there_for_everybody_and_nothing_else_is() -> None:
    async with await steerable() as lab:
        for name, media in MEDIA.items():
            status, _, headers = await lab.ask("GET", f"/assets/{name}", token=None)
            assert (status, headers["Content-Type"]) == (200, media)
        for name in ("..%2ftemplates%2fbase.html", "htmx.LICENSE.txt", "%2e%2e%2fpage%2fassets.py", "nothing"):
            assert (await lab.ask("GET", f"/assets/{name}", token=None))[0] == 404


def test_what_is_used_of_others_has_its_licence_beside_it() -> None:
    assert "Zero-Clause BSD" in (FOLDER / "htmx.LICENSE.txt").read_text("utf-8")


def test_no_template_has_a_script_a_style_or_a_handler_of_its_own_and_none_asks_elsewhere() -> None:
    for template in TEMPLATES.glob("*.html"):
        text = template.read_text("utf-8")
        assert not re.search(r"<style|<script(?! src=\"/assets/)|\bstyle=|\son[a-z]+=|hx-on|\bjs:|\|\s*safe\b", text), (
            template.name
        )
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), template.name
    script = (FOLDER / "page.js").read_text("utf-8")
    assert not re.search(r"\beval\(|new Function|https?://", script)

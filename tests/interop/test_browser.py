"""A HAR that Chromium saved, through Playwright, becomes a cassette that the gateway replays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.cassettes.reader import load
from tests.interop.conftest import BODIES, GATEWAY, expect_bodies, replaying, run


@pytest.mark.parametrize("content", ["embed", "omit"])
def test_a_har_of_chromium_is_imported(content: str, origin: str, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  nothing to load where there is no browser

    har = tmp_path / "browser.har"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(record_har_path=har, record_har_content=content)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(origin + "/empty")
        for target in BODIES:
            page.evaluate(
                "target => fetch(target).then(answer => answer.arrayBuffer()).then(body => body.byteLength)", target
            )
        page.evaluate("() => fetch('data:text/plain,hello').then(() => 1)")
        context.close()
        browser.close()
    said = run(GATEWAY, "cassette", "import", har, folder=tmp_path)
    assert "read as har" in said
    held = load(tmp_path / "browser.yaml")
    assert held.appendable
    assert {recorded.request.target for recorded in held.interactions} >= set(BODIES)
    if content == "omit":
        assert "the answer's body is not in this file" in said
        return
    with replaying(tmp_path / "browser.yaml") as url:
        expect_bodies(url)

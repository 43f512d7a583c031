"""The lab's pages in a real Chromium, as a television and as a phone: they fit, they need no script, and the self-check tells yes from no."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.lab.authority import make
from gateway.lab.platforms import PLATFORMS
from tests.control.page.browser import CHROMIUM, FLAGS
from tests.harness.lab import Lab
from tests.harness.ports import free_port
from tests.wiring.test_lab_pages import pages_at

pytestmark = pytest.mark.long

SIZES = ((1280, 720), (390, 844))
RULES = "--host-resolver-rules=MAP api.auth.adobe.com 127.0.0.1, MAP gateway.lab 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
PICTURES = os.environ.get("LAB_PICTURES", "")
"""A folder for pictures of the pages, for who wants to look at them."""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def started(lab: Lab, **settings: Any) -> str:
    make(Path("lab"), ["auth.adobe.com", "auth-staging.adobe.com", "gateway.lab"], "ec", datetime.now(UTC))
    port = free_port()
    await lab.run("passthrough", lab=pages_at(port), listen__tls="lab", **settings)
    return f"http://127.0.0.1:{port}"


async def fits(page: Any, name: str) -> None:
    """Whether nothing is wider than the screen; a picture is taken where one is asked for."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


async def verdicts(page: Any) -> dict[str, str]:
    await page.wait_for_load_state("networkidle")
    rows = await page.locator("#check tr").all()
    return {
        str(await row.get_attribute("id")).removeprefix("row-"): await row.locator(".verdict").inner_text()
        for row in rows
    }


@pytest.mark.parametrize("size", SIZES)
async def test_every_page_fits_and_the_check_tells_yes_from_no(lab: Lab, size: tuple[int, int]) -> None:
    api = pytest.importorskip("playwright.async_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    base = await started(lab)
    async with api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, RULES])
        viewport = {"width": size[0], "height": size[1]}
        page = await browser.new_page(viewport=viewport, user_agent="Roku/DVP-12.5")
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto(base)
        await page.get_by_role("heading", name="Roku", exact=True).wait_for()
        for one in PLATFORMS:
            await page.goto(f"{base}/for/{one.slug}")
            await fits(page, f"{one.slug}-{size[0]}")
        await page.goto(f"{base}/check")
        expected = {
            "reached": "yes",
            "address": "yes",
            "forwarded": "yes",
            "name": "yes",
            "tls": "NO",
            "clock": "yes",
            "adobe": "?",
        }
        assert await verdicts(page) == expected
        await fits(page, f"check-distrusts-{size[0]}")
        if size[0] > 1000:
            assert await page.evaluate(
                "document.getElementById('row-adobe').getBoundingClientRect().bottom <= innerHeight"
            ), "in one look"
        trusting = await browser.new_page(viewport=viewport, ignore_https_errors=True)
        await trusting.goto(f"{base}/check")
        assert await verdicts(trusting) == expected | {"tls": "yes"}
        await fits(trusting, f"check-{size[0]}")
        await trusting.clock.install(time=0)
        await trusting.goto(f"{base}/check")
        assert (await verdicts(trusting))["clock"] == "NO"
        assert " s slow; here it is " in await trusting.locator("#row-clock").inner_text()
        assert wrong == []
        await browser.close()


async def test_without_a_script_the_pictures_tell_it(lab: Lab) -> None:
    api = pytest.importorskip("playwright.async_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    base = await started(lab)
    async with api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, RULES])
        context = await browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 720})
        page = await context.new_page()
        await page.goto(f"{base}/check")
        await page.wait_for_load_state("networkidle")
        shown = [
            image
            for image in await page.locator("#row-name img").all()
            if (await image.bounding_box() or {}).get("width")
        ]
        assert len(shown) == 2
        assert "compare with your device" in await page.locator("#row-clock").inner_text()
        assert await page.locator("#row-tls img").first.get_attribute("alt") == "NO"
        if PICTURES:
            await page.screenshot(path=f"{PICTURES}/check-without-a-script.png", full_page=True)
        await browser.close()

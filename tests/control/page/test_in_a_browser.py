"""The page in a real Chromium: every action, while 200 exchanges a second go through the gateway."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from tests.control.page.browser import busy, visiting
from tests.control.page.hostile import HOSTILE
from tests.control_lab import SECRET, steerable

pytestmark = pytest.mark.long

SHIPPED = Path(__file__).parents[3] / "cassettes"


@pytest.fixture(autouse=True)
def _cassettes() -> None:
    shutil.copytree(SHIPPED, "cassettes")


async def test_exchanges_come_and_are_found_and_opened() -> None:
    async with await steerable("passthrough") as lab, visiting(lab) as visit:
        page = visit.page
        await page.get_by_text("No exchange yet").wait_for()
        async with busy(lab):
            await page.locator(".row").first.wait_for()
            await page.get_by_role("button", name="Pause").click()
            await page.locator("#newer").wait_for()
            await page.locator("#newer").click()
            await page.get_by_role("button", name="Pause", exact=True).wait_for()
            await page.get_by_label("Finding").fill("HDR004")
            await page.wait_for_url("**/?finding=HDR004")
            await page.get_by_label("Status").fill("501")
            await page.get_by_text("No exchange fits").wait_for()
            await page.get_by_label("Status").fill("2xx")
            await page.locator(".row a").nth(3).wait_for()
            await page.locator(".row a").nth(3).hover()  # rows that are pointed at stay where they are
            await page.locator("#newer").wait_for()
            await page.locator(".row a").nth(3).click()
            await page.get_by_role("heading", name="Findings").wait_for()
            await page.wait_for_url("**/?finding=HDR004&*exchange=*")
            assert await page.locator("#detail .marked").count() >= 1
            await page.reload()
            await page.get_by_role("heading", name="Findings").wait_for()
            assert await page.get_by_role("textbox", name="Finding").input_value() == "HDR004"
            await page.keyboard.press("Escape")
            await page.wait_for_url("**/?finding=HDR004&status=2xx")
            await page.go_back()
            await page.get_by_role("heading", name="Findings").wait_for()


async def test_what_is_copied_and_saved_is_the_exchange_without_its_secrets() -> None:
    async with await steerable("passthrough") as lab, visiting(lab) as visit:
        page = visit.page
        async with busy(lab):
            await page.locator(".row a").first.wait_for()
            await page.get_by_role("button", name="Pause").click()
            await page.locator(".row a").first.click()
            await page.get_by_text("As curl", exact=True).click()
            await page.get_by_role("button", name="Copy as curl").click()
            await visit.said("Copied.")
            command = await page.evaluate("navigator.clipboard.readText()")
            assert command.startswith("curl ")
            assert '"$TOKEN"' in command
            await page.get_by_text("As pytest", exact=True).click()
            await page.get_by_role("button", name="Copy as pytest").click()
            test = await page.evaluate("navigator.clipboard.readText()")
            assert "def test_get_v2_logout(gateway):" in test
            assert SECRET not in command + test + await page.content()
            await page.get_by_label("Save into cassette").fill("kept/one")
            await page.get_by_role("button", name="Save").click()
            await visit.said("Saved into the cassette.")
        held = await lab.get(f"/api/cassettes/{quote('kept/one', safe='')}")
        assert held["total"] == 1


async def test_the_gateway_is_steered() -> None:
    async with await steerable("auto", control__allow=["network"]) as lab, visiting(lab) as visit:
        page, steered = visit.page, lab.running.steered
        async with busy(lab):
            await visit.to("/steering")
            await page.locator("#mode-replay").check()
            await visit.said("The mode has changed.")
            await page.locator("#setting").get_by_text("replay").wait_for()
            assert steered.setting.mode == "replay"
            await page.locator("#mode-auto").check()
            await page.locator("#setting").get_by_text("auto").wait_for()
            await page.get_by_role("combobox", name="Cassette").select_option("logout-v2")
            await page.get_by_role("button", name="Choose cassette").click()
            await page.locator("#setting").get_by_text("logout-v2").wait_for()
            assert steered.setting.cassette == "logout-v2"
            await page.get_by_role("button", name="Rewind").click()
            await visit.said("Every sequence plays from its start.")
            await page.get_by_role("textbox", name="Path").fill("/expected/*")
            await page.get_by_role("spinbutton", name="Status").fill("418")
            await page.get_by_label("Content-Type").fill("text/plain")
            await page.get_by_role("textbox", name="Body").fill("<b>short & stout</b>")
            await page.get_by_role("button", name="Expect").click()
            await visit.said("Expected.")
            await page.get_by_text("any method /expected/*").wait_for()
            assert await lab.app("/expected/one") == 418
            await page.get_by_role("textbox", name="Path").fill("/expected/*")
            await page.get_by_role("button", name="Expect").click()
            await page.get_by_role("button", name="Forget all").click()
            await visit.said("No expectation is left.")
            assert lab.running.steered.overrides.waiting == []
            await page.get_by_role("combobox", name="Upstream").select_option("staging")
            await page.locator("#mode-replay").check()  # nothing is to reach it
            await page.locator("#setting").get_by_text("replay").wait_for()
        await page.get_by_role("combobox", name="Upstream").select_option("staging")
        await page.get_by_role("button", name="Choose upstream").click()
        await page.locator("#setting").get_by_text("staging").wait_for()
        assert steered.setting.upstream == "staging"


async def test_what_is_not_allowed_is_said_in_the_page() -> None:
    async with await steerable("replay", cassettes__name="logout-v2") as lab, visiting(lab) as visit:
        await visit.to("/steering")
        await visit.page.locator("#mode-auto").click()
        await visit.page.get_by_role("alert").filter(has_text="control.allow").wait_for()
        assert lab.running.steered.setting.mode == "replay"
        visit.wrong.clear()  # a browser names the 403
        await visit.page.locator("#mode-replay").and_(visit.page.locator(":checked")).wait_for()


async def test_cassettes_are_looked_into_and_changed() -> None:
    async with await steerable("passthrough") as lab, visiting(lab) as visit:
        page = visit.page
        async with busy(lab):
            await visit.to("/cassettes")
            await page.get_by_role("link", name="logout-v2").click()
            await page.get_by_role("button", name="Lint").click()
            await page.get_by_text("There is no secret in logout-v2.").wait_for()
            async with page.expect_download() as download:
                await page.get_by_role("link", name="Download").click()
            assert (await download.value).suggested_filename == "logout-v2.yaml"
            await page.get_by_label("Compare with").select_option("logout-v1")
            await page.get_by_role("button", name="Show differences").click()
            await page.get_by_role("heading", name="In logout-v2 alone").wait_for()
            await page.get_by_role("link", name="logout-v2").click()
            await page.get_by_role("button", name="Remove 2").click()
            await page.get_by_text("6 interactions").wait_for()
            assert (await lab.get("/api/cassettes/logout-v2"))["total"] == 6


async def test_findings_and_devices_are_live_and_keep_the_focus() -> None:
    async with await steerable("passthrough") as lab, visiting(lab) as visit:
        page = visit.page
        await visit.to("/findings")
        async with busy(lab):
            await page.locator("a.cell").first.wait_for()
            await page.locator("a.cell").first.focus()
            focused = await page.evaluate("document.activeElement.id")
            async with page.expect_response(lambda answer: "/findings?seen" in answer.url and answer.status == 200):
                pass
            await asyncio.sleep(0.3)
            assert await page.evaluate("document.activeElement.id") == focused
            await visit.to("/devices")
            await page.get_by_text("of 11").first.wait_for()


async def test_ten_thousand_exchanges_scroll_and_are_never_all_in_the_document() -> None:
    async with await steerable("passthrough", log__level="error") as lab:
        await lab.app()
        journal = lab.running.steered.journal
        (one,) = journal.kept
        for number in range(9_999):
            journal.ended(replace(one, id=f"x-{number}"))
        async with visiting(lab) as visit:
            page = visit.page
            kept = int((await page.locator("#fitting").inner_text()).replace(",", ""))
            assert kept > 8000  # all that there is memory for
            gaps = await page.evaluate(
                """async () => {
                  const gaps = [], end = document.documentElement.scrollHeight - innerHeight;
                  let last = performance.now();
                  for (let at = 0; at <= 120; at++) {
                    scrollTo(0, end * at / 120);
                    await new Promise(requestAnimationFrame);
                    gaps.push(performance.now() - last);
                    last = performance.now();
                  }
                  return gaps.sort((a, b) => a - b);
                }"""
            )
            await page.locator(f".row[data-number='{10_001 - kept}']").wait_for()
            assert gaps[len(gaps) * 95 // 100] < 100, gaps[-10:]
            assert await page.locator(".row").count() < 3000
            await page.locator(".row a").last.focus()
            await page.keyboard.press("ArrowUp")
            assert await page.evaluate("document.activeElement.closest('.row').dataset.number") == str(10_002 - kept)


async def test_nothing_of_what_an_app_sends_runs() -> None:
    """The browser's own eyes: no script, no dialog, no request to elsewhere, in list, detail and devices."""
    async with await steerable("passthrough") as lab:
        for text in HOSTILE:
            plain = "".join(c for c in text if c.isprintable())
            shown = plain.encode("ascii", "replace").decode()
            await lab.app(
                f"/{quote(plain, safe='<>;=()')}?{quote(plain, safe='<>;=()')}",
                User_Agent=shown or "a",
                Accept=shown or "a",
            )
        async with visiting(lab) as visit:
            entries = (await lab.get("/api/exchanges"))["exchanges"]
            for path in ("/findings", "/devices", *(f"/?exchange={entry['id']}" for entry in entries)):
                await visit.to(path)
                await visit.page.locator("main").wait_for()
            for text in HOSTILE:
                await visit.page.get_by_label("Text").fill(text)
                await visit.page.get_by_label("Device").fill(json.dumps(text))
            await visit.page.locator("#list").wait_for()


async def test_everything_is_reached_by_keyboard() -> None:
    async with await steerable("passthrough") as lab, visiting(lab) as visit:
        page = visit.page
        await asyncio.gather(*(lab.app() for _ in range(3)))
        await page.locator(".row").nth(2).wait_for()
        await page.keyboard.press("/")
        assert await page.evaluate("document.activeElement.name") == "text"
        await page.locator("main").focus()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Findings").wait_for()
        opened = await page.locator(".row a[aria-current]").get_attribute("data-id")
        await page.keyboard.press("Escape")
        assert await page.evaluate("document.activeElement.dataset.id") == opened
        await page.get_by_role("button", name="Log out").press("Enter")
        await page.get_by_label("Token").wait_for()
        visit.wrong.clear()  # a browser names the 401

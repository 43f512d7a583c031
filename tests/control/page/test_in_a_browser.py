"""The page in a real Chromium: every action, while 200 exchanges a second go through the gateway."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from gateway.control.page.rendering import VIEWS
from gateway.core.faults import FAULTS
from tests.control.page.browser import SIZES, busy, visiting
from tests.control.page.hostile import HOSTILE
from tests.control_lab import SECRET, steerable

pytestmark = pytest.mark.long

PROFILES = "/api/v2/REF30/profiles"
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
            await visit.said("The next request that fits gets this answer.")
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


async def test_a_fault_of_the_page_happens_to_the_next_call_until_it_is_removed() -> None:
    async with await steerable("passthrough") as lab, visiting(lab) as visit:
        page, add = visit.page, visit.page.get_by_role("button", name="Add fault")
        await visit.to("/steering")
        await page.get_by_role("combobox", name="Fault").select_option("status")
        await page.get_by_role("textbox", name="Code").and_(page.locator(":visible")).fill("418")
        await page.get_by_role("textbox", name="Body").and_(page.locator("#fault-status-body")).fill("<b>short</b>")
        await page.get_by_role("combobox", name="Route").fill("GET /api/v2/{sp}/logout/{mvpd}")
        await page.get_by_role("textbox", name="Calls").fill("2..")
        await add.click()
        await visit.said("The fault is in force.")
        await page.locator("#faults code").filter(has_text='body: "<b>short</b>"').wait_for()
        assert [await lab.app(), await lab.app(), await lab.app()] == [200, 418, 418]
        await (
            page.locator("#faults").get_by_text("met 3 calls, done to 2").wait_for()
        )  # it is asked for again and again
        await page.locator("#faults").get_by_role("button", name="Remove").click()
        await visit.said("The fault is removed.")
        await page.locator("#faults li").wait_for(state="detached")
        assert await lab.app() == 200


async def test_every_fault_can_be_asked_for_in_the_page_and_a_refusal_is_said() -> None:
    needed = {
        "error": ("code", "invalid_integration"),
        "status": ("code", "503"),
        "delay": ("seconds", '{"median": "1ms", "sigma": 0.4}'),
        "slow_body": ("bytes_per_second", "10"),
    }
    async with await steerable("passthrough") as lab, visiting(lab) as visit:
        page = visit.page
        await visit.to("/steering")
        await page.locator("#fault-device").fill("nobody <b>")
        for count, name in enumerate(FAULTS, start=1):
            await page.locator("#fault-kind").select_option(name)
            if name in needed:
                option, value = needed[name]
                await page.locator(f"#fault-{name}-{option}").fill(value)
            await page.locator("#break").click()
            await page.locator("#faults li").nth(count - 1).wait_for()
        given = await lab.get("/api/faults")
        assert [one["fault"] for one in given] == list(FAULTS)
        assert all(one["said"]["when"] == {"device": ["nobody <b>"]} for one in given)
        await page.get_by_role("button", name="Remove all").click()
        await page.locator("#faults li").first.wait_for(state="detached")
        await page.locator("#fault-kind").select_option("status")
        await page.locator("#fault-status-code").fill("<i>7</i>")
        await page.locator("#break").click()
        await page.get_by_role("alert").filter(has_text="expected a status from 200 to 599").wait_for()
        assert await lab.get("/api/faults") == []
        visit.wrong.clear()  # a browser names the 400


async def test_a_login_of_the_page_is_seen_by_a_call_until_it_is_gone() -> None:
    async with await steerable("passthrough", emulator__logged_in="none") as lab, visiting(lab) as visit:
        page, shown = visit.page, visit.page.locator("#emulator")

        async def mvpds() -> list[str]:
            body = await lab.body(PROFILES, device="tv-1")
            return list(json.loads(body)["profiles"])

        assert await mvpds() == []
        await visit.to("/steering")
        await shown.get_by_text("not logged in").wait_for()
        await page.locator("#emulator-device").fill("tv-1".rjust(24, "0"))
        await page.locator("#emulator-mvpd").fill("Dish")
        await page.get_by_role("button", name="Log in").click()
        await visit.said("Logged in.")
        await shown.get_by_text("REF30: Dish").wait_for()
        assert await mvpds() == ["Dish"]
        await shown.get_by_role("button", name="Log out").click()
        await visit.said("Logged out.")
        await shown.get_by_text("not logged in").wait_for()
        assert await mvpds() == []
        await page.locator("#emulator-lasts").fill("60")
        await page.get_by_role("button", name="Log in").click()
        await shown.get_by_text("REF30: Dish").wait_for()
        await page.locator("#log-out").click()  # of what is filled in, `lasts` is none of its
        await shown.get_by_text("not logged in").wait_for()
        await page.get_by_role("checkbox", name="throttle").check()
        await visit.said("The option has changed.")
        assert (await lab.get("/api/emulator/state"))["options"]["throttle"] is True
        await page.get_by_role("checkbox", name="throttle").uncheck()
        await page.get_by_role("button", name="Reset").click()
        await shown.get_by_text("No device has called it.").wait_for()
        await page.locator("#emulator-mvpd").fill("<b>Dsh</b>")
        await page.get_by_role("button", name="Log in").click()
        await (
            page.get_by_role("alert")
            .filter(has_text="expected an MVPD of the catalogue, found '<b>Dsh</b>'")
            .wait_for()
        )
        visit.wrong.clear()  # a browser names the 400


async def test_a_session_is_ended_in_the_page() -> None:
    async with await steerable("passthrough") as lab, visiting(lab) as visit:
        opened = await lab.do("POST", "/api/sessions", {"label": "signs <b>out</b>"})
        await visit.to("/steering")
        await visit.page.locator("#sessions").get_by_role("button", name="End").click()
        await visit.page.get_by_text("No session is open.").wait_for()
        assert (await lab.ask("GET", f"/api/sessions/{opened['id']}"))[0] == 410


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
            await page.get_by_role("heading", name="Only in logout-v2").wait_for()
            await page.get_by_role("link", name="logout-v2").click()
            await page.get_by_role("button", name="Remove 2").click()
            await page.get_by_text("6 interactions").wait_for()
            assert (await lab.get("/api/cassettes/logout-v2"))["total"] == 6


async def test_a_device_is_named() -> None:
    """While others speak, what is typed stays; the name is there when the page is."""
    async with await steerable("passthrough") as lab, visiting(lab) as visit:
        page = visit.page
        await lab.app(device="roku")
        await visit.to("/devices")
        await page.locator(".naming summary").click()
        await page.get_by_label("Name", exact=True).fill("living room")
        await lab.app(device="other")
        await page.wait_for_timeout(2500)  # in which the list would be looked at anew
        assert await page.get_by_label("Name", exact=True).input_value() == "living room"
        await page.get_by_label("Name", exact=True).fill("living-room")
        await page.get_by_label("known by").select_option("identifier")
        await page.locator(".naming[open] button").click()
        await page.get_by_role("link", name="living-room").wait_for()
        assert await page.locator(".naming").count() == 1, "the other device has none"
        assert "living-room" in Path("devices.yaml").read_text()


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


async def test_no_view_is_wider_than_the_screen() -> None:
    """Empty and full, at each size."""
    views = (*VIEWS, "/cassettes/logout-v2")
    long_name = "a-device-with-a-very-long-name-" * 4
    async with await steerable("auto", emulator__logged_in="all") as lab, visiting(lab) as visit:
        for is_full in (False, True):
            if is_full:
                await lab.app(device=long_name)
                await lab.do("POST", "/api/faults", {"status": {"code": 503, "body": "b" * 300}, "when": {"nth": 2}})
                await lab.do("POST", "/api/expectations", {"path": f"/{'p' * 300}", "status": 503})
                wanted = {"label": "l" * 200, "mode": "replay", "cassette": "logout-v2"}
                await lab.do("POST", "/api/sessions", wanted)
            for width, height in SIZES:
                await visit.page.set_viewport_size({"width": width, "height": height})
                for path in views:
                    await visit.to(path)
                    wider = await visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    assert wider <= 0, (path, width, is_full)


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

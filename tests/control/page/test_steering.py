"""The page's steering: it shows how the gateway stands, and what can be changed."""

from __future__ import annotations

from gateway.control.page.steering import MOST
from tests.control.page.test_exchanges import expect_tame, page
from tests.control_lab import steerable


async def test_what_can_be_chosen_is_shown_as_it_stands() -> None:
    async with await steerable() as lab:
        text = await page(lab, "/steering")
        assert 'value="auto" id="mode-auto" checked' in text
        assert "https://api.auth.adobe.com" in expect_tame(text).text
        await lab.do("POST", "/api/expectations", {"path": "/<script>", "status": 503})
        again = await page(lab, "/steering", HX_Request="true", HX_Target="expectations")
        assert "any method /<script>" in expect_tame(again).text
        bar = await page(lab, "/steering", HX_Request="true", HX_Target="setting")
        assert "auto" in bar
        assert "<form" not in bar


async def test_faults_are_shown_as_configuration_writes_them_and_by_whom_they_were_asked_for() -> None:
    async with await steerable(faults=[{"status": 418, "when": {"device": "<b>nobody</b>"}}]) as lab:
        await lab.do("POST", "/api/faults", {"status": {"code": 503, "body": "<script>"}, "when": {"nth": "2.."}})
        await lab.app()
        text = await page(lab, "/steering", HX_Request="true", HX_Target="faults")
        shown = expect_tame(text).text
        assert 'status: {code: 503, body: "<script>"}, when: {nth: 2..} met 1 call, done to 0' in " ".join(
            shown.split()
        )
        assert 'status: {code: 418}, when: {device: "<b>nobody</b>"}' in shown
        assert "config.yaml" in shown
        assert text.count("hx-delete") == 1  # those of the configuration stay


async def test_the_emulator_is_shown_with_its_logins_or_why_there_is_none() -> None:
    device = "<b>tv</b>"
    async with await steerable("auto", control__allow=["network"], emulator__logged_in="none") as lab:
        assert "No device has called it." in await page(lab, "/steering")
        await lab.do("POST", "/api/emulator/log_in", {"device": device, "mvpd": "Dish", "service_provider": "<i>"})
        shown = expect_tame(await page(lab, "/steering")).text
        assert device in shown
        assert "<i>: Dish" in shown
        await lab.app()  # which makes a cassette to replay
        await lab.do("PUT", "/api/mode", {"mode": "replay"})
        for fields in ({}, {"HX_Request": "true", "HX_Target": "emulator"}):
            assert "mode replay has no upstream" in expect_tame(await page(lab, "/steering", **fields)).text


async def test_only_the_first_of_very_many_devices_of_the_emulator_are_shown() -> None:
    async with await steerable() as lab:
        emulator = lab.running.steered.emulator
        assert emulator is not None
        for number in range(MOST + 7):
            emulator.setting.log_in(f"tv-{number}", "Dish", service_provider="REF30")
        shown = expect_tame(await page(lab, "/steering", HX_Request="true", HX_Target="emulator")).text
        assert "7 more devices" in shown


async def test_sessions_are_listed_until_they_end() -> None:
    async with await steerable() as lab:
        assert "No session is open." in await page(lab, "/steering")
        wanted = {"label": "signs <b>out</b>", "mode": "passthrough"}
        opened = await lab.do("POST", "/api/sessions", wanted)
        await lab.app(url=opened["url"])
        text = await page(lab, "/steering", HX_Request="true", HX_Target="sessions")
        shown = " ".join(expect_tame(text).text.split())
        assert f"signs <b>out</b> {opened['url']} passthrough, 1 exchange" in shown
        await lab.do("DELETE", f"/api/sessions/{opened['id']}")
        assert "No session is open." in await page(lab, "/steering")

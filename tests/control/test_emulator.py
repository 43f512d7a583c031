"""The emulator behind a gateway is read, reset and set through the API; each session has one of its own."""

from __future__ import annotations

import json
from asyncio import to_thread

from tests.control.test_client import client_of
from tests.control_lab import steerable
from tests.harness.for_each import for_each

PROFILES = "/api/v2/REF30/profiles"
TV = "tv-1".rjust(24, "0")
"""The id that the device `tv-1` sends."""


async def test_a_device_is_logged_in_and_out() -> None:
    async with await steerable("passthrough", emulator__logged_in="none") as lab:
        await lab.app(PROFILES, device="tv-1")
        assert (await lab.get("/api/emulator/state"))["devices"][0]["profiles"] == []
        await lab.do("POST", "/api/emulator/log_in", {"device": TV, "mvpd": "Dish", "lasts": 60})
        state = await lab.get("/api/emulator/state")
        (device,) = state["devices"]
        assert (device["device"], device["service_provider"]) == (TV, "REF30")
        assert [(each["mvpd"], each["of_one_client"]) for each in device["profiles"]] == [("Dish", False)]
        assert "Dish" in state["mvpds"]
        await lab.do("POST", "/api/emulator/log_out", {"device": TV})
        assert (await lab.get("/api/emulator/state"))["devices"][0]["profiles"] == []
        await lab.do("POST", "/api/emulator/reset")
        assert (await lab.get("/api/emulator/state"))["devices"] == []


async def test_options_change_from_the_next_call_on_and_the_others_stay() -> None:
    async with await steerable("passthrough") as lab:
        await lab.do("PATCH", "/api/emulator/options", {"throttle": True, "logged_in": {TV: "Dish"}})
        options = (await lab.get("/api/emulator/state"))["options"]
        assert options == {"strict": False, "throttle": True, "auto_login": False, "logged_in": {TV: ["Dish"]}}
        statuses = {await lab.app(PROFILES, device="tv-1") for _ in range(30)}
        assert 429 in statuses


@for_each(
    ("method", "path", "body", "said"),
    [
        ("POST", "log_in", {"device": "a", "mvpd": "Dsh"}, "mvpd: expected an MVPD of the catalogue, found 'Dsh'"),
        ("POST", "log_in", {"device": "a"}, "missing required field `mvpd`"),
        ("POST", "log_in", {"device": "a", "mvpd": "Dish", "lasts": -1}, "lasts: expected seconds from 0"),
        ("POST", "log_in", {"device": "a", "mvpd": "Dish", "type": "x"}, "type: expected one of "),
        ("POST", "log_in", {"device": "a", "mvpd": "Dish", "no": 1}, "no: unknown key; known here: device, mvpd, "),
        ("POST", "log_out", {"device": 7}, "Expected `str`, got `int`"),
        ("PATCH", "options", {"strict": "yes"}, "Expected `bool`, got `str`"),
        ("PATCH", "options", {"logged_in": "some"}, "logged_in: expected all, none"),
        ("PATCH", "options", {"remember": 7}, "remember: unknown key; known here: "),
    ],
)
async def test_what_cannot_be_set_is_refused(method: str, path: str, body: object, said: str) -> None:
    async with await steerable("passthrough") as lab:
        status, answer, _ = await lab.ask(
            method, f"/api/emulator/{path}", body, headers={"Content-Type": "application/json"}
        )
        assert status == 400
        assert said in answer["message"]


async def test_a_page_cannot_change_options_without_json() -> None:
    async with await steerable("passthrough") as lab:
        form = {"Content-Type": "text/plain"}
        assert (await lab.ask("PATCH", "/api/emulator/options", {"strict": True}, headers=form))[0] == 415
        assert (await lab.ask("PATCH", "/api/emulator/options", {"strict": True}, token=None))[0] == 401


async def test_where_there_is_no_emulator_it_is_said() -> None:
    async with await steerable("auto") as lab:
        await lab.app()
        await lab.do("PUT", "/api/mode", {"mode": "replay"})
        status, answer, _ = await lab.ask("GET", "/api/emulator/state")
        assert (status, answer["code"]) == (409, "no_emulator")
        assert "replay" in answer["message"]


async def test_sessions_have_an_emulator_each_and_the_client_sets_it() -> None:
    async with await steerable("passthrough", emulator__logged_in="none") as lab:
        client = client_of(lab)

        def work() -> None:
            with client.session(mode="passthrough") as one, client.session(mode="passthrough") as other:
                one.client.emulator_log_in("tv-1", "Dish", service_provider="REF30", lasts=60)
                assert len(one.client.emulator().devices) == 1
                assert other.client.emulator().devices == []
                one.client.emulator_log_out("tv-1", mvpd="Dish")
                one.client.emulator_change(strict=True)
                assert one.client.emulator().options["strict"]
                one.client.emulator_reset()
            assert not client.emulator().options["strict"]

        await to_thread(work)
        assert json.dumps(await lab.get("/api/emulator/state")).count("tv-1") == 0

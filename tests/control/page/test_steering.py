"""The page's steering: it shows how the gateway stands, and has a section for each part of the API that there is."""

from __future__ import annotations

from typing import cast

from gateway.control.listener import ControlHandler
from gateway.control.page.steering import endpoints
from gateway.control.routes import ApiCall, Endpoint
from gateway.core.model import Headers, Request, Response
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


async def test_a_section_stands_where_the_api_has_what_it_reads() -> None:
    async def faults(_: ApiCall) -> list[dict[str, object]]:
        return [{"fault": "delay <2s>", "happened": 3}]

    async def state(_: ApiCall) -> dict[str, object]:
        profiles = [{"mvpd": "Dish"}]
        return {"clients": 1, "sessions": 2, "mvpds": ["<Dish>"], "devices": [{"device": "tv", "service_provider": "REF30", "profiles": profiles}]}  # fmt: skip

    async with await steerable() as lab:
        api = [Endpoint("GET", "/api/faults", faults), Endpoint("GET", "/api/emulator/state", state)]
        (index,) = endpoints(api)
        controlled = lab.running.steered
        handler = cast("ControlHandler", lab.listener.server._handler)
        asked = ApiCall(
            Request("GET", "/steering", Headers()), handler._controlled, controlled, handler._sessions.recordings, {}
        )
        given = await index.do(asked)
        assert isinstance(given, Response)
        assert isinstance(given.body, bytes)
        text = expect_tame(given.body.decode()).text
        for expected in ("delay <2s>", "happened 3 times", "tv", "Dish", "1 client, 2 sessions"):
            assert expected in text
        assert 'hx-post="/api/faults"' not in await page(lab, "/steering")

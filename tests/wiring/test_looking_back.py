"""The control listener shows numbers to whoever asks, the history to who has the token, and what a reload has changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

from gateway.config import load
from gateway.core.times import seconds_of
from gateway.history import keeping
from gateway.wiring.reloading import Reloading
from tests.control_lab import DISH, steerable


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keeping, "GATHERING", 0.001)


async def test_numbers_need_no_token_and_say_no_device() -> None:
    async with await steerable("passthrough", metrics=True) as lab:
        assert await lab.app() == 200
        status, text, fields = await lab.ask("GET", "/metrics", token=None)
        assert (status, fields["Content-Type"].split(";")[0]) == (200, "text/plain")
        names = {sample.name for family in parsed(text) for sample in family.samples}
        assert {"gateway_exchanges_total", "gateway_connections", "gateway_recordings_total"} <= names
        assert "roku-" not in text


async def test_the_history_is_asked_page_by_page() -> None:
    async with await steerable("passthrough", history={"file": "h.sqlite"}) as lab:
        assert (await lab.get("/api/history"))["kept"] == []
        for number in range(3):
            assert await lab.app(f"{DISH}{number}") == 200
        await lab.running.gateway.parts.closing.aclose(5)  # writes out what waits
        page = await lab.get("/api/history?limit=2&status=2xx&device=&text=logout")
        assert [kept["number"] for kept in page["kept"]] == [3, 2]
        rest = await lab.get(f"/api/history?before={page['next']}")
        assert [kept["number"] for kept in rest["kept"]] == [1]
        assert rest["next"] is None
        at = page["kept"][0]["entry"]["at"]  # the third call, as the page shows its time
        for since, found in (
            (at, [3]),
            (str(seconds_of(at)), [3]),
            ("1h", [3, 2, 1]),
            ("", [3, 2, 1]),
            ("2100-01-01", []),
        ):
            answer = await lab.get(f"/api/history?since={since}")
            assert [kept["number"] for kept in answer["kept"]] == found, since
        status, said, _ = await lab.ask("GET", "/api/history?since=soon")
        expected = 'since: expected a time such as 2026-11-21T22:17:05Z, or an age such as 2d or 12h, found "soon".'
        assert (status, said["message"]) == (400, expected)
        assert (await lab.ask("GET", "/api/history", token=None))[0] == 401
        for wrong in ("limit=0", "limit=x", "severity=bad"):
            assert (await lab.ask("GET", f"/api/history?{wrong}"))[0] == 400


async def test_what_is_off_says_how_to_switch_it_on() -> None:
    async with await steerable("passthrough") as lab:
        for path, hint in (("/metrics", "metrics: true"), ("/api/history", "a section history")):
            status, said, _ = await lab.ask("GET", path)
            assert status == 404
            assert hint in said["message"]


async def test_a_reload_is_seen_through_the_control_listener_and_its_own_keys_need_a_restart() -> None:
    async with await steerable("passthrough") as lab:
        Path("others").mkdir()
        Path("others/other.yaml").write_text("version: 1\ninteractions: []\n")
        settings: dict[str, object] = {"mode": "auto", "listen.port": 0, "control.port": 7, "cassettes.dir": "others", "upstreams.lab.origin": "http://lab.example", "metrics": True}  # fmt: skip
        await Reloading(lab.running, lambda: load(None, {}, settings), {}, lab.log).reload()
        assert '"needs_restart": ["control.port"]' in lab.log.text
        config = await lab.get("/api/config")
        assert (config["mode"], config["metrics"]) == ("auto", True)
        assert [one["name"] for one in await lab.get("/api/cassettes")] == ["other"]
        await lab.app()
        assert "gateway_exchanges_total" in (await lab.ask("GET", "/metrics"))[1]
        await lab.do("PUT", "/api/mode", {"mode": "passthrough"})
        await Reloading(lab.running, lambda: load(None, {}, settings), {}, lab.log).reload()
        assert (await lab.get("/api/config"))["mode"] == "auto"  # the file's word is the last

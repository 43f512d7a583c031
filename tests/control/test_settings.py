"""What may be changed while the gateway runs, and what only the configuration can."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.control_lab import DISH, steerable
from tests.harness.for_each import for_each


async def recorded(name: str) -> None:
    """Record a cassette of one logout."""
    async with await steerable("record", cassettes__name=name) as lab:
        await lab.app()


@for_each(
    ("mode", "settings", "path", "wanted", "status"),
    [
        ("replay", {}, "/api/mode", {"mode": "auto"}, 403),
        ("replay", {}, "/api/mode", {"mode": "passthrough"}, 403),
        ("replay", {}, "/api/mode", {"mode": "record"}, 403),
        ("replay", {"control__allow": "network"}, "/api/mode", {"mode": "auto"}, 200),
        ("replay", {}, "/api/mode", {"mode": "replay"}, 200),
        ("replay", {}, "/api/upstream", {"upstream": "production"}, 403),
        ("replay", {}, "/api/sessions", {"mode": "auto"}, 403),
        ("replay", {}, "/api/sessions", {"upstream": "staging"}, 403),
        ("auto", {}, "/api/upstream", {"upstream": "production"}, 403),
        ("auto", {"control__allow": "network"}, "/api/upstream", {"upstream": "production"}, 200),
        ("auto", {}, "/api/upstream", {"upstream": "emulator"}, 200),
        ("auto", {}, "/api/upstream", {"upstream": "https://evil.example"}, 404),
        ("auto", {}, "/api/mode", {"mode": "passthrough"}, 200),
        ("auto", {}, "/api/mode", {"mode": "replay"}, 200),
        ("auto", {}, "/api/mode", {"mode": "anything"}, 400),
        ("auto", {}, "/api/cassette", {"cassette": "logout"}, 200),
        ("auto", {}, "/api/cassette", {"cassette": "../logout"}, 404),
        ("auto", {}, "/api/cassette", {"cassette": "new"}, 404),
    ],
)
async def test_a_replay_cannot_be_talked_into_reaching_anybody(
    mode: str, settings: dict[str, str], path: str, wanted: object, status: int
) -> None:
    if not Path("cassettes/logout.yaml").exists():  # a folder of its own
        await recorded("logout")
    async with await steerable(mode, **settings) as lab:
        given, said, _ = await lab.ask("POST" if "sessions" in path else "PUT", path, wanted)
        assert given == status, said
        if status == 403:
            assert "control.allow" in said["message"]
            assert lab.running.steered.setting.mode == mode


async def test_mode_and_cassette_change_under_requests_and_nobody_is_left_without_an_answer() -> None:
    await recorded("one")
    await recorded("two")
    async with await steerable("auto", cassettes__name="one", control__allow="network") as lab:
        asking = asyncio.create_task(asked_for_long(lab))
        for number in range(6):
            await lab.do("PUT", "/api/cassette", {"cassette": ("two", "one")[number % 2]})
            await lab.do("PUT", "/api/mode", {"mode": ("passthrough", "replay", "auto")[number % 3]})
        asking.cancel()
        assert await asking == {200}
        assert (await lab.get("/api/setting"))["cassette"] == "one"


async def asked_for_long(lab: object) -> set[int]:
    """Ask until cancelled; return the statuses."""
    statuses = set()
    try:
        while True:
            statuses.add(await lab.app())  # type: ignore[attr-defined]  # a Steerable
    except asyncio.CancelledError:
        return statuses


async def test_what_cannot_be_is_said_and_nothing_changes() -> None:
    async with await steerable("auto") as lab:
        status, said, _ = await lab.ask("PUT", "/api/mode", {"mode": "replay"})
        assert (status, said["code"]) == (409, "not_possible")
        assert "expected a cassette, found no such file" in said["message"]
        assert (await lab.get("/api/setting"))["mode"] == "auto"
        assert await lab.app() == 200


async def test_a_sequence_is_rewound() -> None:
    async with await steerable("record") as lab:
        await lab.app()
    async with await steerable("replay", cassettes__on_exhausted="error") as lab:
        assert [await lab.app(), await lab.app()] == [200, 502]
        await lab.do("POST", "/api/rewind")
        assert await lab.app() == 200


async def test_what_was_recorded_meanwhile_plays_after_a_rewind_in_mode_auto() -> None:
    async with await steerable("auto") as lab:
        await lab.app()
        await lab.do("POST", "/api/rewind")
        await lab.app()
        sources = [exchange["source"] for exchange in (await lab.get("/api/exchanges"))["exchanges"]]
        assert sources == ["cassette", "emulator"]


async def test_an_expectation_answers_in_everybodys_place() -> None:
    async with await steerable() as lab:
        (waiting,) = await lab.do("POST", "/api/expectations", {"status": 503, "path": "/api/v2/*", "times": 2})
        assert (waiting["path"], waiting["status"], waiting["left"]) == ("/api/v2/*", 503, 2)
        assert [await lab.app(), await lab.app(), await lab.app()] == [503, 503, 200]
        assert await lab.get("/api/expectations") == []
        await lab.do("POST", "/api/expectations", {"status": 500})
        await lab.do("DELETE", "/api/expectations")
        assert await lab.app() == 200


@for_each(
    "wrong",
    [
        {"status": 99},
        {"headers": {"a": "b\r\nc"}},
        {"path": "no"},
        {"times": 0},
        {"delay": -1},
        {"status": 204, "body": "x"},
    ],
)
async def test_an_answer_that_no_server_gives_is_refused(wrong: object) -> None:
    async with await steerable() as lab:
        assert (await lab.ask("POST", "/api/expectations", wrong))[0] == 400


async def test_the_configuration_is_shown_without_secrets() -> None:
    rules = [{"set_header": {"name": "X-Api-Key", "value": "hunter2hunter2hunter2-abc"}}]
    async with await steerable(rules=rules) as lab:
        config = await lab.get("/api/config")
        assert config["cassettes"]["match"] == ["method", "path", "query"]
        assert config["rules"][0]["set_header"]["name"] == "X-Api-Key"
        assert "hunter2" not in str(config)
        assert (await lab.ask("PUT", "/api/config", {}))[0] == 405


async def test_secrets_met_before_a_change_stay_secret_after_it() -> None:
    async with await steerable("auto") as lab:
        await lab.app()
        await lab.do("PUT", "/api/mode", {"mode": "passthrough"})
        await lab.app(DISH.replace("Dish", "roku-serial-0123456789"))
        assert [entry["number"] for entry in (await lab.get("/api/exchanges"))["exchanges"]] == [2, 1]
        assert (await lab.get("/api/devices"))[0]["exchanges"] == 2

"""Sessions: each with an address, a cassette, cursors, expectations and exchanges that no other one sees."""

# a test may look into a folder of its own
from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.cassettes.reader import load
from tests.control_lab import Steerable, steerable
from tests.harness.for_each import for_each
from tests.harness.sockets import settle


def descriptors() -> int:
    """How many files and sockets this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def opened(lab: Steerable, **wanted: object) -> dict[str, Any]:
    session: dict[str, Any] = await lab.do("POST", "/api/sessions", wanted)
    return session


async def test_a_session_records_and_another_one_replays_it() -> None:
    async with await steerable("auto") as lab:
        recording = await opened(lab, cassette="tests/one", mode="record", label="one")
        assert await lab.app(url=recording["url"]) == 200
        ended = await lab.do("DELETE", f"/api/sessions/{recording['id']}")
        assert (ended["why"], ended["label"], ended["report"]["recorded"]) == ("deleted", "one", 1)
        replaying = await opened(lab, cassette="tests/one", mode="replay")
        assert await lab.app(url=replaying["url"]) == 200
        assert await lab.app("/api/v2/REF30/logout/Other", url=replaying["url"]) == 502
        report = (await lab.do("DELETE", f"/api/sessions/{replaying['id']}"))["report"]
        assert (report["missed"], report["unplayed"], report["upstream_connections"]) == (1, [], 0)
        assert report["misses"][0].startswith("GET /api/v2/REF30/logout/Other")
        assert (await lab.get("/api/exchanges"))["exchanges"] == []


@for_each(
    ("method", "path", "body", "said"),
    [
        ("POST", "/api/sessions", {"lable": "x"}, "lable: unknown key; did you mean label?"),
        ("POST", "/api/sessions", {"zzz": 1}, "zzz: unknown key; known here: cassette, mode, upstream, faults, idle, label."),
        ("POST", "/api/expectations", {"stauts": 1}, "stauts: unknown key; did you mean status?"),
        ("PUT", "/api/mode", {"mode": "auto", "y\n": 1}, "y\\n: unknown key; known here: mode."),
        ("GET", "/api/exchanges?devise=1", None, "devise: unknown key; did you mean device?"),
        ("POST", "/api/sessions", {"label": 7}, "Expected `str`, got `int` - at `$.label`."),
        ("POST", "/api/sessions", [], "Expected `object`, got `array`."),
    ],
)  # fmt: skip
async def test_an_unknown_key_is_told_in_the_configurations_words(
    method: str, path: str, body: object, said: str
) -> None:
    async with await steerable("auto") as lab:
        status, answer, _ = await lab.ask(method, path, body, headers={"Content-Type": "application/json"})
        assert (status, answer["message"]) == (400, said)


async def test_what_a_session_is_told_no_other_one_hears() -> None:
    async with await steerable("auto") as lab:
        one, other = await opened(lab, cassette="one"), await opened(lab, cassette="other")
        await lab.do("POST", f"/api/sessions/{one['id']}/expectations", {"status": 503})
        assert [await lab.app(url=entry["url"]) for entry in (other, one)] == [200, 503]
        assert await lab.app() == 200
        counts = [len((await lab.get(f"/api/sessions/{entry['id']}/exchanges"))["exchanges"]) for entry in (one, other)]
        assert counts == [1, 1]
        await lab.do("PUT", f"/api/sessions/{one['id']}/mode", {"mode": "passthrough"})
        modes = [(await lab.get(f"/api/sessions/{entry['id']}"))["mode"] for entry in (one, other)]
        assert [*modes, (await lab.get("/api/setting"))["mode"]] == ["passthrough", "auto", "auto"]


async def test_two_sessions_do_not_record_into_one_cassette() -> None:
    async with await steerable("auto") as lab:
        await opened(lab, cassette="one")
        for taken in ("one", "logout", None):
            wanted = {"cassette": taken, "mode": "record"} if taken else {"mode": "record"}
            assert (await lab.ask("POST", "/api/sessions", wanted))[0] == 409


async def test_a_silent_session_ends_and_says_so() -> None:
    async with await steerable("auto") as lab:
        session = await opened(lab, cassette="one", idle=1.0)
        entry = lab.listener.sessions._entries[session["id"]]
        entry.used -= 10
        async with asyncio.timeout(10):
            while lab.listener.sessions._entries:  # noqa: ASYNC110  # its end has no event for others
                await asyncio.sleep(0.05)
            while (answer := await lab.ask("GET", f"/api/sessions/{session['id']}"))[0] != 410:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert answer[1]["message"] == "The session has ended (silent)."
        assert answer[1]["report"]["exchanges"] == 0
        with pytest.raises(OSError, match=r".*"):
            await lab.app(url=session["url"])


async def test_an_exchange_in_flight_keeps_a_session_from_being_silent() -> None:
    async with await steerable("auto") as lab:
        session = await opened(lab, cassette="one", idle=1.0)
        await lab.do("POST", f"/api/sessions/{session['id']}/expectations", {"delay": 0.7})
        lab.listener.sessions._entries[session["id"]].used -= 0.5
        assert await lab.app(url=session["url"]) == 200


async def test_what_a_session_knows_is_gone_with_it() -> None:
    """Its port, its exchanges, its files that are open."""
    async with await steerable("auto") as lab:
        await lab.get("/api/sessions")  # the client's connection
        open_before = descriptors()
        session = await opened(lab, cassette="one")
        await lab.do("DELETE", f"/api/sessions/{session['id']}")
        for path in ("", "/exchanges", "/devices", "/setting"):
            assert (await lab.ask("GET", f"/api/sessions/{session['id']}{path}"))[0] == 410
        assert (await lab.ask("DELETE", f"/api/sessions/{session['id']}"))[0] == 410
        assert (await lab.ask("GET", "/api/sessions/0000"))[0] == 404
        assert descriptors() <= open_before
        assert await lab.get("/api/sessions") == []


@for_each("name", ["../out", "/etc/out", ".hidden", "a/../../out", "a\0b", "..", "x" * 201])
async def test_a_session_records_nowhere_but_in_the_folder(name: str) -> None:
    async with await steerable("auto") as lab:
        assert (await lab.ask("POST", "/api/sessions", {"cassette": name}))[0] in {400, 404}


@for_each(
    "wrong",
    [
        {"mode": "x"},
        {"idle": 0},
        {"idle": 1e9},
        {"path": "/"},
        {"listen": {"port": 1}},
        {"label": "x" * 201},
        {"upstream": "http://x"},
    ],
)
async def test_a_session_sets_only_what_is_listed(wrong: object) -> None:
    async with await steerable("auto") as lab:
        assert (await lab.ask("POST", "/api/sessions", wrong))[0] in {400, 409}
        assert await lab.get("/api/sessions") == []


async def test_a_replay_of_a_cassette_that_is_not_there_is_refused() -> None:
    async with await steerable("auto") as lab:
        assert (await lab.ask("POST", "/api/sessions", {"cassette": "none", "mode": "replay"}))[0] == 404


async def many_sessions(count: int) -> None:
    """Each records two answers under its own name and replays them; some crash, some are silent."""
    async with await steerable("auto") as lab:
        gate = asyncio.Semaphore(50)

        async def suite(number: int) -> None:
            device = f"device-{number}"
            async with gate:
                session = await opened(lab, cassette=f"suite/s{number}", label=str(number))
            urls.append(session["url"])
            async with gate:
                target = f"/api/v2/SP{number}/logout/Dish?redirectUrl=https%3A%2F%2Fexample.com"
                statuses = [await lab.app(target, device, session["url"]) for _ in range(2)]
                assert statuses == [200, 200]
                if number % 20 == 1:  # this one crashes: it neither says that it is done, nor reads its answers
                    entry = lab.listener.sessions._entries[session["id"]]
                    entry.used, entry.exchanges = entry.used - 1000, entry.session.steered.journal.count
                    return
                mine = await lab.get(f"/api/sessions/{session['id']}/exchanges")
                assert {entry["path"] for entry in mine["exchanges"]} == {f"/api/v2/SP{number}/logout/Dish"}
                await lab.do("PUT", f"/api/sessions/{session['id']}/cassette", {"cassette": f"suite/s{number}"})
                assert await lab.app(target, device, session["url"]) == 200
                last = (await lab.get(f"/api/sessions/{session['id']}/exchanges"))["exchanges"][0]
                assert last["source"] == "cassette"
                report = (await lab.do("DELETE", f"/api/sessions/{session['id']}"))["report"]
                assert (report["recorded"], report["exchanges"], report["missed"]) == (2, 3, 0)

        urls: list[str] = []
        open_before = descriptors()
        await asyncio.gather(*(suite(number) for number in range(count)))
        assert len(set(urls)) == count
        async with asyncio.timeout(20):
            while await lab.get("/api/sessions"):  # noqa: ASYNC110  # the silent ones
                await asyncio.sleep(0.1)
        await lab._client.close()
        await settle()
        assert descriptors() <= open_before + 2
        assert not lab.running.steered.journal.count
    held = [load(path) for path in sorted(Path("cassettes/suite").glob("*.yaml"))]
    assert len(held) == count
    for cassette in held:
        (sp,) = {entry.request.path.split("/")[3] for entry in cassette.interactions}
        assert (sp, len(cassette.interactions)) == (f"SP{cassette.path.stem[1:]}", 2)


async def test_sessions_in_parallel_see_nothing_of_each_other() -> None:
    await many_sessions(20)


@pytest.mark.long
async def test_two_hundred_sessions_in_parallel_see_nothing_of_each_other() -> None:
    await many_sessions(200)


async def test_what_a_device_has_of_its_own_holds_for_no_session() -> None:
    """Who speaks to a session is a test, from whatever address; and a cassette of a device's is recorded by nobody else."""
    own = {"tv": {"match": {"address": "127.0.0.1"}, "mode": "record", "cassette": "own", "faults": [{"delay": "1ms"}]}}
    async with await steerable("auto") as lab:
        await lab.app()
    async with await steerable("replay", devices=own) as lab:
        assert await lab.app() == 200
        (device,) = await lab.get("/api/devices")
        assert (device["name"], device["mode"], device["cassette"], device["upstream"]) == (
            "tv",
            "record",
            "own",
            "emulator",
        )
        assert [(fault["id"], fault["device"], fault["met"]) for fault in await lab.get("/api/faults")] == [
            ("tv-fault-0", "tv", 1)
        ]
        opened = await lab.do("POST", "/api/sessions", {"cassette": "logout"})
        assert await lab.app(url=opened["url"]) == 200
        (exchange,) = (await lab.get(f"/api/sessions/{opened['id']}/exchanges"))["exchanges"]
        assert exchange["source"] == "cassette"
        status, said, _ = await lab.ask("POST", "/api/sessions", {"cassette": "own", "mode": "record"})
        assert (status, said["code"]) == (409, "cassette_in_use")

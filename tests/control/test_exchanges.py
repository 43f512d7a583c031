"""The API's exchanges: found by what they were, shown without a secret, and told as they come."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.model import Headers
from gateway.core.redaction import Redaction
from gateway.core.secrets.budget import OverBudgetError
from gateway.wiring.serving import LARGE_BYTES
from tests.control_lab import DISH, SECRET, TOKEN, steerable
from tests.harness.for_each import for_each
from tests.harness.watchdog import MOST, longest_step
from tests.legs import device_header


async def test_an_exchange_is_listed_and_shown_without_its_secrets() -> None:
    async with await steerable() as lab:
        await lab.app(X_Forwarded_For="8.8.4.4")
        page = await lab.get("/api/exchanges")
        (listed,) = page["exchanges"]
        shown = await lab.get(f"/api/exchanges/{listed['id']}")
        about = [listed[key] for key in ("number", "method", "path", "route", "status", "source", "upstream")]
        assert about == [1, "GET", "/api/v2/REF30/logout/Dish", "v2 logout", 200, "emulator", "emulator"]
        assert (page["newest"], page["oldest"], page["next"]) == (1, 1, None)
        assert shown["exchange"] == listed
        (leg,) = shown["legs"]
        assert (leg["source"], leg["response"]["status"], leg["upstream"]) == ("emulator", 200, "emulator")
        assert '"logouts"' in shown["response"]["body"]
        assert 0 <= shown["gateway_ms"] <= listed["ms"]
        for secret in (SECRET, device_header("roku").partition(" ")[2], "8.8.4.4"):
            assert secret not in json.dumps([page, shown])


async def test_a_finding_is_shown_with_its_place_and_what_to_change() -> None:
    async with await steerable() as lab:
        await lab.app(Accept="text/html")
        (listed,) = (await lab.get("/api/exchanges?finding=HDR004"))["exchanges"]
        shown = await lab.get(f"/api/exchanges/{listed['id']}")
        (placed,) = [entry for entry in shown["findings"] if entry["finding"]["id"] == "HDR004"]
        assert (placed["marks"]["header"], placed["finding"]["found"]) == ("accept", "text/html")
        assert placed["fix"]
        rows = await lab.get("/api/findings")
        (row,) = [row for row in rows if row["finding"]["id"] == "HDR004"]
        assert (row["device"], row["times"], row["last_exchange"]) == (listed["device"], 1, listed["id"])


@for_each(
    ("query", "numbers"),
    [
        ("", [4, 3, 2, 1]),
        ("limit=2", [4, 3]),
        ("before=3", [2, 1]),
        ("after=2", [4, 3]),
        ("status=501", [3]),
        ("status=2", [4, 2, 1]),
        ("status=5xx", [3]),
        ("source=emulator", [4, 3, 2, 1]),
        ("source=cassette", []),
        ("route=v2%20logout", [2, 1]),
        ("route=nothing/here", [3]),
        ("text=NOTHING/HERE", [3]),
        ("text=hdr004", [4, 2]),
        ("finding=hdr004", [4, 2]),
        ("finding=HDR&status=5", []),
        ("severity=error&finding=INFO001", [2, 1]),
        ("device=address-", [4]),
    ],
)
async def test_exchanges_are_found(query: str, numbers: list[int]) -> None:
    async with await steerable("passthrough") as lab:
        await lab.app()
        await lab.app(Accept="text/html")
        await lab.app("/nothing/here")
        async with lab._client.get(
            f"{lab.running.url}/api/v2/REF30/configuration", headers={"Authorization": "Bearer t"}
        ):
            pass
        page = await lab.get(f"/api/exchanges?{query}")
        assert [entry["number"] for entry in page["exchanges"]] == numbers


async def test_the_list_is_read_part_by_part() -> None:
    async with await steerable() as lab:
        for _ in range(5):
            await lab.app()
        numbers: list[int] = []
        path: str | None = "/api/exchanges?limit=2"
        while path is not None:
            page = await lab.get(path)
            numbers += [entry["number"] for entry in page["exchanges"]]
            path = f"/api/exchanges?limit=2&before={page['next']}" if page["next"] else None
        assert numbers == [5, 4, 3, 2, 1]


async def test_exchanges_are_told_as_they_come_and_those_that_were_missed() -> None:
    async with await steerable() as lab:
        await lab.app()
        assert [event["number"] for event in await told(lab, 1, apps=1)] == [2]
        assert [event["number"] for event in await told(lab, 2, after=0)] == [1, 2]
        assert [event["number"] for event in await told(lab, 1, apps=1, query="?status=501", target="/no")] == [3]


async def told(
    lab: Any, count: int, *, apps: int = 0, after: int | None = None, query: str = "", target: str = DISH
) -> list[Any]:
    """Listen until so many exchanges were told, while an app asks."""
    fields = {"Authorization": f"Bearer {TOKEN}", **({"Last-Event-ID": str(after)} if after is not None else {})}
    events: list[Any] = []
    async with (
        asyncio.timeout(10),
        lab._client.get(f"{lab.listener.url}/api/exchanges/stream{query}", headers=fields) as stream,
    ):
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        async for line in stream.content:
            if line == b": listening\n":
                for _ in range(apps):
                    await lab.app(target)
            if line.startswith(b"data: {"):
                events.append(json.loads(line.removeprefix(b"data: ")))
            if len(events) == count:
                break
    return events


async def test_no_exchange_of_another_id_and_none_that_is_gone() -> None:
    async with await steerable() as lab:
        assert (await lab.ask("GET", "/api/exchanges/abc-1"))[:1] == (404,)


async def test_a_device_is_shown_with_what_it_says_it_is_and_what_is_left_of_its_calls() -> None:
    async with await steerable() as lab:
        for _ in range(3):
            await lab.app(User_Agent="Roku/DVP-12.0")
        await lab.app(device="another")
        devices = await lab.get("/api/devices")
        assert [device["exchanges"] for device in devices] == [1, 3]
        roku = devices[1]
        assert roku["name"].startswith("roku-")
        assert (roku["description"], roku["address"], roku["replays"]) == ("Roku/DVP-12.0", "127.0.0.1", "")
        assert roku["throttle"]["burst"] == 11
        assert 6 < roku["throttle"]["left"] < 9
        assert [exchange["number"] for exchange in roku["last"]] == [3, 2, 1]
        assert roku["findings"]["INFO001"] == 3


async def test_a_device_without_the_recordings_key_shows_whom_it_replays() -> None:
    async with await steerable() as lab:
        await lab.app(device="recorded", User_Agent="Roku/DVP-12.0")
    async with await steerable("replay", redaction__key_file="another-key") as lab:
        assert await lab.app(device="live") == 200
        (device,) = await lab.get("/api/devices")
        assert device["replays"].startswith("roku-")


async def test_a_device_that_was_recorded_replays_no_other_one_under_the_recordings_key() -> None:
    cox = DISH.replace("Dish", "Cox")
    async with await steerable() as lab:
        await lab.app(device="one")
        await lab.app(device="two")
        await lab.app(cox, device="two")
    for mode in ("auto", "replay"):
        async with await steerable(mode) as lab:
            await lab.app(device="one")
            await lab.app(cox, device="one")  # recorded of the other one alone
            await lab.app(device="three")
            third, first = await lab.get("/api/devices")
            assert first["replays"] == ""
            assert third["replays"].startswith("python-")


async def test_a_device_whose_calls_go_to_the_upstream_replays_nobody() -> None:
    async with await steerable() as lab:
        await lab.app(device="recorded")
    async with await steerable(
        "auto", upstream="staging", upstreams={"staging": {"origin": "http://127.0.0.1:1"}}, control__allow=["network"]
    ) as lab:
        assert await lab.app(device="live") == 502  # what the emulator answered is not played for another upstream
        (device,) = await lab.get("/api/devices")
        assert device["replays"] == ""


async def test_what_is_too_much_work_to_be_redacted_is_listed_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_: object) -> None:
        raise OverBudgetError

    async with await steerable() as lab:
        await lab.app(Accept="text/html")
        for name in ("secrets_of", "suspected_in"):
            monkeypatch.setattr(Redaction, name, too_much)
        monkeypatch.setattr(Redaction, "redacted", too_much)
        (listed,) = (await lab.get("/api/exchanges"))["exchanges"]
        assert (listed["status"], listed["path"]) == (200, "(a search for secrets takes too much work)")
        assert "HDR004" in [finding["id"] for finding in listed["findings"]]
        assert "text/html" not in str(listed)
        status, said, _ = await lab.ask("GET", f"/api/exchanges/{listed['id']}")
        assert (status, said["code"]) == (409, "not_shown")
        assert len(await lab.get("/api/devices")) == 1


async def test_a_large_exchange_says_that_it_was_cut_and_shows_no_part_of_a_secret() -> None:
    """Large exchanges have their own share of the memory. When it is full, the oldest of them is cut, and the others stay."""
    async with await steerable("passthrough") as lab:
        await lab.app()
        journal = lab.running.steered.journal
        (one,) = journal.kept
        target = f"{DISH}&code={'abcdef' * 10_000}"
        headers = Headers((*one.received.headers.raw, (b"X-Long", SECRET.encode() * 1000)))
        large = replace(one, received=replace(one.received, target=target, headers=headers), id="large")
        journal.ended(large)
        whole = await lab.get("/api/exchanges/large")
        assert not whole["is_cut"]
        assert "X-Long" in dict(whole["request"]["headers"])
        for number in range(LARGE_BYTES // 100_000):
            journal.ended(replace(large, id=f"x-{number}"))
        shown = await lab.get("/api/exchanges/large")
        assert shown["is_cut"]
        assert shown["exchange"]["route"] == "v2 logout"
        assert (shown["exchange"]["status"], shown["findings"]) == (whole["exchange"]["status"], whole["findings"])
        assert shown["request"]["target"] == f"{DISH}&..."
        assert shown["request"]["headers"] == [pair for pair in whole["request"]["headers"] if pair[0] != "X-Long"]
        assert not (await lab.get(f"/api/exchanges/{one.id}"))["is_cut"]


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.long)])
async def test_thousands_of_exchanges_keep_nobody_waiting(count: int) -> None:
    """The whole of them is looked through for a text that none has; bodies of a mebibyte are redacted."""
    async with await steerable("passthrough") as lab:
        await lab.app(Accept="text/html")
        journal = lab.running.steered.journal
        (one,) = journal.kept
        large = replace(one, reply=replace(one.reply, body=b'{"token": "' + SECRET.encode() * 5000 + b'"}'), id="large")
        for number in range(count - 2):
            journal.ended(replace(one, id=f"x-{number}"))
        journal.ended(large)
        with longest_step() as steps:
            page = await lab.get("/api/exchanges?text=nobody-says-this&limit=1000")
            assert (page["exchanges"], page["newest"]) == ([], count)
            assert len((await lab.get("/api/exchanges?limit=500"))["exchanges"]) == 500
            assert len(await lab.get("/api/devices")) == 1
            assert (await lab.get("/api/findings"))[0]["times"] >= count - 1
            await lab.ask("GET", "/api/exchanges/large")
        assert steps.longest < MOST

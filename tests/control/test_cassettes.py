"""Cassettes over the API: seen, compared, looked through, and changed by one interaction at a time."""

# a test may look into a folder of its own
from __future__ import annotations

from pathlib import Path

import yaml
from msgspec.structs import replace

from gateway.cassettes.reader import load
from tests.control_lab import DISH, SECRET, steerable
from tests.harness.for_each import for_each

CASSETTE = Path("cassettes/logout.yaml")


async def test_what_a_cassette_holds_and_what_of_it_was_played() -> None:
    async with await steerable("record") as lab:
        await lab.app()
        await lab.app(DISH.replace("Dish", "Spectrum"))
    async with await steerable("replay") as lab:
        await lab.app()
        (listed,) = await lab.get("/api/cassettes")
        assert (listed["name"], listed["interactions"], listed["in_use"], listed["sources"]) == (
            "logout",
            2,
            True,
            ["emulator"],
        )
        held = (await lab.get("/api/cassettes/logout"))["interactions"]
        assert [(entry["number"], entry["status"], entry["played"]) for entry in held] == [
            (1, 200, True),
            (2, 200, False),
        ]
        part = await lab.get("/api/cassettes/logout?after=1&limit=1")
        assert (part["total"], [entry["number"] for entry in part["interactions"]]) == (2, [2])
        assert held[0]["line"] == load(CASSETTE).interactions[0].line
        assert (await lab.get("/api/cassettes/logout/lint"))["leaks"] == []
        assert (await lab.get("/api/cassettes/logout/download")).encode() == CASSETTE.read_bytes()


async def test_an_interaction_is_taken_out_of_the_file_that_was_listed() -> None:
    async with await steerable("record") as lab:
        await lab.app()
        version = (await lab.get("/api/cassettes/logout"))["version"]
        await lab.app(DISH.replace("Dish", "Spectrum"))
        path = "/api/cassettes/logout/interactions/1"
        assert (await lab.ask("DELETE", f"{path}?version={version}"))[:1] == (409,)
        assert (await lab.ask("DELETE", path))[:1] == (400,)
        version = (await lab.get("/api/cassettes/logout"))["version"]
        assert (await lab.ask("DELETE", f"/api/cassettes/logout/interactions/3?version={version}"))[:1] == (404,)
        await lab.do("DELETE", f"{path}?version={version}")
        (left,) = (await lab.get("/api/cassettes/logout"))["interactions"]
        assert "Spectrum" in left["target"]


async def test_two_cassettes_are_compared() -> None:
    for name, mvpd in (("one", "Dish"), ("two", "Spectrum")):
        async with await steerable("record", cassettes__name=name) as lab:
            await lab.app()
            await lab.app(DISH.replace("Dish", mvpd), Accept="text/html")
            if name == "two":
                diff = await lab.get("/api/cassettes/one/diff/two")
    assert (diff["same"], [entry["number"] for entry in diff["only_left"]]) == (1, [2])
    assert [entry["number"] for entry in diff["only_right"]] == [2]


async def test_a_cassette_with_a_secret_shows_where_and_not_what() -> None:
    Path("cassettes").mkdir()
    leaking = {
        "request": {
            "method": "GET",
            "uri": f"https://api.auth.adobe.com/api/v2/x?token={SECRET}",
            "headers": {},
            "body": "",
        },
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "ok"}},
    }
    CASSETTE.write_text(yaml.safe_dump({"version": 1, "interactions": [leaking]}))
    async with await steerable("replay") as lab:
        leaks = (await lab.get("/api/cassettes/logout/lint"))["leaks"]
        assert leaks
        assert leaks[0]["line"] > 0
        told = [
            leaks,
            await lab.get("/api/cassettes/logout"),
            await lab.get("/api/cassettes"),
            await lab.get("/api/cassettes/logout/diff/logout"),
        ]
        assert SECRET not in str(told)
        status, refused, _ = await lab.ask("GET", "/api/cassettes/logout/download")
        assert (status, refused["code"]) == (409, "cassette_unsafe")


async def test_an_exchange_is_saved_as_it_would_have_been_recorded() -> None:
    async with await steerable("auto") as lab:
        await lab.app("/api/v2/REF30/profiles")  # not recorded, since it is no logout
        (exchange,) = (await lab.get("/api/exchanges"))["exchanges"]
        saved = await lab.do("POST", "/api/cassettes/kept%2Fprofiles/interactions", {"exchange": exchange["id"]})
        assert saved == {"interactions": 1}
    (kept,) = load(Path("cassettes/kept/profiles.yaml")).interactions
    assert (kept.request.path, kept.response.status) == ("/api/v2/REF30/profiles", exchange["status"])
    assert kept.about["id"] == exchange["id"]
    assert SECRET not in Path("cassettes/kept/profiles.yaml").read_text()


@for_each(
    "name",
    [
        "..%2Fout",
        "%2Ftmp%2Fout",
        ".hidden",
        "a%2F..%2F..%2Fout",
        "a%00b",
        "%2e%2e",
        "a%5C..%5Cb",
        "",
        "x" * 201,
        "link%2Fout",
    ],
)
async def test_nothing_is_saved_outside_the_folder(name: str) -> None:
    Path("cassettes").mkdir(exist_ok=True)
    if not Path("cassettes/link").is_symlink():
        Path("elsewhere").mkdir()
        Path("cassettes/link").symlink_to(Path("elsewhere").absolute())
    before = {path for path in Path().rglob("*") if "cassettes" not in path.parts}
    async with await steerable("passthrough") as lab:
        await lab.app()
        (exchange,) = (await lab.get("/api/exchanges"))["exchanges"]
        status, _, _ = await lab.ask("POST", f"/api/cassettes/{name}/interactions", {"exchange": exchange["id"]})
        assert status in {400, 404}
    assert {path for path in Path().rglob("*") if "cassettes" not in path.parts} == before


async def test_a_cut_exchange_is_not_saved_as_a_whole_one() -> None:
    async with await steerable("passthrough") as lab:
        await lab.app()
        journal = lab.running.steered.journal
        journal.ended(replace(journal.kept[0], id="cut", is_cut=True))
        status, said, _ = await lab.ask("POST", "/api/cassettes/new/interactions", {"exchange": "cut"})
        assert (status, said["code"]) == (409, "exchange_cut")
        assert not Path("cassettes/new.yaml").exists()


async def test_a_body_that_streamed_past_is_not_saved_as_an_empty_one() -> None:
    async with await steerable("passthrough") as lab:
        await lab.app()
        (exchange,) = (await lab.get("/api/exchanges"))["exchanges"]
        body = (await lab.get(f"/api/exchanges/{exchange['id']}"))["response"]["body"]
        status, said, _ = await lab.ask("POST", "/api/cassettes/new/interactions", {"exchange": exchange["id"]})
        assert (status, bool(body)) in {(201, True), (409, False)}, said

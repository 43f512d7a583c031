"""Faults that are asked for while a gateway runs: the main one's, and a session's."""

from __future__ import annotations

from asyncio import gather, to_thread
from pathlib import Path

from gateway.control.fault_model import MOST_FAULTS
from tests.control.test_client import client_of
from tests.control_lab import steerable
from tests.harness.for_each import for_each

ROUTE = "GET /api/v2/{sp}/logout/{mvpd}"


async def test_a_fault_happens_from_the_next_call_on_until_it_is_ended() -> None:
    async with await steerable() as lab:
        assert await lab.app() == 200
        (given,) = await lab.do("POST", "/api/faults", {"status": 503, "when": {"route": ROUTE, "nth": "2.."}})
        assert (given["fault"], given["by"], given["met"], given["happened"]) == ("status", "api", 0, 0)
        assert given["said"] == {"status": {"code": 503}, "when": {"route": [ROUTE], "nth": ["2.."]}}
        assert [await lab.app(), await lab.app(), await lab.app()] == [200, 503, 503]
        (counted,) = await lab.get("/api/faults")
        assert (counted["met"], counted["happened"]) == (3, 2)
        shown = (await lab.get("/api/exchanges"))["exchanges"]
        assert [entry["source"] for entry in shown[:2]] == ["fault", "fault"]
        await lab.do("DELETE", f"/api/faults/{given['id']}")
        assert await lab.app() == 200
        assert await lab.get("/api/faults") == []


async def test_a_fault_asked_for_anew_counts_anew_and_the_order_is_that_of_asking() -> None:
    async with await steerable() as lab:
        for _ in range(2):
            await lab.do("POST", "/api/faults", {"status": 503, "when": {"nth": 1}})
            assert [await lab.app(), await lab.app()] == [503, 200]
            await lab.do("DELETE", "/api/faults")
        await lab.do("POST", "/api/faults", {"status": 500})
        two = await lab.do("POST", "/api/faults", "throttle")
        assert [entry["fault"] for entry in two] == ["status", "throttle"]
        assert await lab.app() == 500


async def test_faults_that_are_asked_for_at_once_are_told_apart() -> None:
    async with await steerable() as lab:
        await gather(*(lab.do("POST", "/api/faults", {"status": 500}) for _ in range(5)))
        assert sorted(entry["id"] for entry in await lab.get("/api/faults")) == ["f1", "f2", "f3", "f4", "f5"]


async def test_faults_outlive_a_change_of_mode_and_those_of_the_file_stay() -> None:
    async with await steerable(faults=[{"status": 418, "when": {"device": "nobody"}}]) as lab:
        await lab.app()
        await lab.do("POST", "/api/faults", {"status": 503})
        await lab.do("PUT", "/api/mode", {"mode": "replay"})
        assert await lab.app() == 503
        listed = await lab.get("/api/faults")
        assert [(entry["by"], entry["said"]["status"]["code"]) for entry in listed] == [
            ("api", 503),
            ("configuration", 418),
        ]
        await lab.do("DELETE", "/api/faults")
        assert [entry["by"] for entry in await lab.get("/api/faults")] == ["configuration"]
        assert (await lab.ask("DELETE", f"/api/faults/{listed[1]['id']}"))[0] == 404
        assert await lab.app() == 200


async def test_a_configuration_that_is_refused_changes_no_fault_of_the_file() -> None:
    async with await steerable(faults=[{"status": 418}]) as lab:
        assert (await lab.ask("PUT", "/api/mode", {"mode": "replay"}))[0] == 409
        assert await lab.app() == 418
        (listed,) = await lab.get("/api/faults")
        assert listed["happened"] == 1


@for_each(
    ("wrong", "status", "said"),
    [
        ({"status": 42}, 400, "status.code: expected a status from 200 to 599"),
        ({"statu": 500}, 400, "did you mean status?"),
        ({}, 400, "expected one of error"),
        ("nothing", 400, "nothing: unknown key"),
        ([], 400, "Expected `str | object`"),
        (None, 400, "Input data was truncated."),
        ({"reset": None, "when": {"upstream": "https://evil.example"}}, 400, "expected the name of an upstream"),
        ({"status": {"code": 500, "headers": {"A": "b\r\nc"}}}, 400, "status.headers: expected a map of header fields"),
    ],
)
async def test_a_fault_that_cannot_be_is_refused(wrong: object, status: int, said: str) -> None:
    async with await steerable() as lab:
        for path, body in (("/api/faults", wrong), ("/api/sessions", {"cassette": "new", "faults": [wrong]})):
            given, answer, _ = await lab.ask("POST", path, body)
            assert given == status
            if path == "/api/faults":
                assert said in answer["message"]
        assert await lab.get("/api/sessions") == []
        assert await lab.get("/api/faults") == []


async def test_each_wrong_fault_of_a_session_is_named_by_its_place() -> None:
    async with await steerable() as lab:
        faults = [{"status": 42}, "reset", {"dely": 2}]
        _, answer, _ = await lab.ask("POST", "/api/sessions", {"cassette": "new", "faults": faults})
        said = str(answer["message"])
        assert said.startswith("faults[0]: status.code: expected"), said
        assert said.endswith("; faults[2]: dely: unknown key; did you mean delay?"), said


async def test_there_is_a_bound() -> None:
    async with await steerable() as lab:
        for _ in range(MOST_FAULTS):
            await lab.running.steered.give_fault("reset")
        assert (await lab.ask("POST", "/api/faults", "reset"))[1]["code"] == "too_many_faults"


async def test_a_secret_in_a_fault_is_not_shown() -> None:
    async with await steerable() as lab:
        headers = {"Authorization": "Bearer hunter2hunter2hunter2-abc", "X-Seen": "yes"}
        (shown,) = await lab.do("POST", "/api/faults", {"status": {"code": 500, "headers": headers}})
        assert "hunter2" not in str(shown)
        assert shown["said"]["status"]["headers"]["X-Seen"] == "yes"


async def test_a_session_has_faults_of_its_own_in_place_of_the_files() -> None:
    async with await steerable(faults=[{"status": 418}]) as lab:
        plain, faulty, none = await gather(
            lab.do("POST", "/api/sessions", {"cassette": "one"}),
            lab.do(
                "POST",
                "/api/sessions",
                {"cassette": "two", "faults": [{"status": 500}, {"reset": None, "when": {"device": "x"}}]},
            ),
            lab.do("POST", "/api/sessions", {"cassette": "three", "faults": []}),
        )
        assert [await lab.app(url=one["url"]) for one in (plain, faulty, none)] == [418, 500, 200]
        assert await lab.app() == 418
        await lab.do("POST", f"/api/sessions/{none['id']}/faults", {"status": 502})
        assert [await lab.app(url=one["url"]) for one in (plain, faulty, none)] == [418, 500, 502]
        report = (await lab.do("DELETE", f"/api/sessions/{faulty['id']}"))["report"]
        assert report["unmet"] == ["any request, for the fault reset"]
        assert not Path("cassettes/two.yaml").exists(), "nothing of a fault is recorded"


async def test_the_client_gives_and_ends_faults() -> None:
    async with await steerable() as lab:
        client = client_of(lab)

        def work() -> None:
            assert client.fault("status", 503, nth="2..", body="late")[0].said == {
                "status": {"code": 503, "body": "late"},
                "when": {"nth": ["2.."]},
            }
            (one,) = client.faults()
            client.end_faults(one.id)
            client.fault("reset")
            client.end_faults()
            assert client.faults() == []
            with client.session(cassette="x", faults=["throttle"]) as session:
                assert [each.fault for each in session.client.faults()] == ["throttle"]

        await to_thread(work)

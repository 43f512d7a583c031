"""Two gateways never record into one cassette, however one of them comes to it."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence

from tests.control_lab import steerable
from tests.harness.for_each import for_each

OWN = "/api/sessions/{id}"


@for_each(
    ("main", "session", "steps", "statuses"),
    [
        ("auto", {"cassette": "one"}, [("/api/cassette", {"cassette": "one"})], [409]),
        ("auto", {"cassette": "one"}, [(f"{OWN}/cassette", {"cassette": "logout"})], [409]),
        ("auto", {"cassette": "one", "mode": "replay"}, [("/api/cassette", {"cassette": "one"})], [200]),
        (
            "auto",
            {"cassette": "one", "mode": "replay"},
            [("/api/cassette", {"cassette": "one"}), (f"{OWN}/mode", {"mode": "record"})],
            [200, 409],
        ),
        ("passthrough", {"cassette": "logout", "mode": "auto"}, [("/api/mode", {"mode": "record"})], [409]),
        ("passthrough", {"cassette": "logout", "mode": "auto"}, [("/api/mode", {"mode": "replay"})], [200]),
        (
            "auto",
            {"cassette": "one"},
            [(f"{OWN}/cassette", {"cassette": "one"}), (f"{OWN}/mode", {"mode": "record"})],
            [200, 200],
        ),
        (
            "auto",
            {"cassette": "one"},
            [("/api/mode", {"mode": "passthrough"}), (f"{OWN}/cassette", {"cassette": "logout"})],
            [200, 200],
        ),
    ],
)
async def test_a_cassette_that_another_gateway_records_is_refused(
    main: str, session: object, steps: Sequence[tuple[str, object]], statuses: Sequence[int]
) -> None:
    for name in ("one", "logout"):
        async with await steerable("auto", cassettes__name=name) as lab:
            await lab.app()
    async with await steerable(main, control__allow="network") as lab:
        opened = await lab.do("POST", "/api/sessions", session)
        given = [await lab.ask("PUT", path.replace("{id}", opened["id"]), body) for path, body in steps]
        assert [status for status, _, _ in given] == list(statuses)
        assert all(said["code"] == "cassette_in_use" for status, said, _ in given if status == 409)


async def test_of_many_sessions_at_once_one_records_the_cassette_of_the_configuration() -> None:
    async with await steerable("passthrough") as lab:
        given = await gather(*(lab.ask("POST", "/api/sessions", {"mode": "record"}) for _ in range(5)))
        assert sorted(status for status, _, _ in given) == [201, 409, 409, 409, 409]


async def test_a_gateway_may_be_told_the_same_twice_at_once() -> None:
    async with await steerable("auto") as lab:
        await lab.app()
        given = await gather(*(lab.ask("PUT", "/api/cassette", {"cassette": "logout"}) for _ in range(3)))
        assert [status for status, _, _ in given] == [200, 200, 200]

"""A played answer's times stay, which is said once where one has passed, or they move with the recording's age."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.state import MemoryState
from gateway.core.times import stamp
from gateway.transports.played_times import PASSED, SHORT, PlayedTimes, Times
from tests.legs import Ears

AT = 1_700_000_000.0
DAY = 86400.0


def interaction(
    body: str, recorded_at: str = stamp(AT), target: str = "/api/v2/REF30/profiles", **fields: str
) -> Interaction:
    answer = Response(200, "OK", Headers.of(fields), body.encode(), "cassette")
    return Interaction("https://x", Request("GET", target), answer, recorded_at)


def played(times: Times, *held: Interaction, now: float = AT + DAY) -> tuple[list[Response], Ears]:
    ears, state = Ears(), MemoryState()

    async def play() -> list[Response]:
        machine = PlayedTimes(held, times, clock=lambda: now, state=state, warn=ears)
        return [await machine.of(position, one.response) for _ in (1, 2) for position, one in enumerate(held)]

    return asyncio.run(play()), ears


def test_shift_moves_what_is_documented_by_the_age_of_the_recording() -> None:
    (answer, _), ears = played("shift", interaction('{"notAfter":1700000600000}', Date="Tue, 14 Nov 2023 22:13:20 GMT"))
    assert answer.body == b'{"notAfter":1700087000000}'
    assert answer.headers["Date"] == "Wed, 15 Nov 2023 22:13:20 GMT"
    assert ears.heard == []


def test_as_recorded_says_once_that_a_time_has_passed_and_names_the_key() -> None:
    held = interaction('{"notAfter":1700000600000}')
    (answer, *_), ears = played("as_recorded", held, held)
    assert answer is held.response
    assert [event for event, _ in ears.heard] == [PASSED]
    assert "cassettes.time: shift" in str(ears.heard[0][1]["hint"])


def test_a_token_that_has_ended_by_its_own_account_has_passed_too() -> None:
    body = '{"created_at":1700000000000,"expires_in":21600}'
    for target, said in (("/o/client/token", [PASSED]), ("/other", [])):
        _, ears = played("as_recorded", interaction(body, target=target))
        assert ears.events == said


def test_nothing_is_said_where_nothing_has_passed_since() -> None:
    cases: dict[str, Any] = {
        "still valid": interaction('{"notAfter":1800000000000}'),
        "had passed at the recording": interaction('{"notAfter":1600000000000}'),
        "a beginning": interaction('{"notBefore":1700000600000}'),
        "no time of recording": interaction('{"notAfter":1700000600000}', recorded_at=""),
    }
    for about, held in cases.items():
        (answer, _), ears = played("as_recorded", held)
        assert (answer, ears.heard) == (held.response, []), about
    (answer, _), _ = played("shift", cases["no time of recording"])
    assert answer is cases["no time of recording"].response


def test_a_large_body_is_looked_through_in_a_thread() -> None:
    (answer, again), _ = played("shift", interaction('{"notAfter":1700000600000,"x":"' + "y" * SHORT + '"}'))
    assert isinstance(answer.body, bytes)
    assert answer.body.startswith(b'{"notAfter":1700087000000,')
    assert again == answer

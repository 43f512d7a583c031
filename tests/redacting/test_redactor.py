"""What is small is redacted at once, what is larger elsewhere; both come out alike, and the loop goes on meanwhile."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import pytest
import uvloop
from msgspec.json import encode
from msgspec.structs import replace

from gateway.config import RedactionSection as Settings
from gateway.config.reading import read_section, said
from gateway.config.to_core import policy_of
from gateway.core.codings import CodingError
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.redaction import Redaction
from gateway.redacting import jobs
from gateway.redacting.redactor import SMALL, BackgroundRedactor
from gateway.transports.redactor import NotRedactedError, Recording
from tests.harness.for_each import for_each
from tests.legs import ORIGIN, again, answer, logout

KEY = bytes(32)
AT = "2026-11-21T22:17:05.120Z"
SECRET = "0a1b2c3d4e5f60718293a4b5"
TOKENS = [f"{number:024x}" for number in range(0xABCDEF012345, 0xABCDEF012345 + 300)]
LONG = "long " * (SMALL // 5)


@pytest.fixture
async def redactor() -> AsyncIterator[BackgroundRedactor]:
    made = BackgroundRedactor(Redaction(KEY))
    yield made
    await made.aclose()


async def recorded(redactor: BackgroundRedactor, request: Request, response: Response, **about: object) -> Recording:
    return await redactor.record(request, response, origin=ORIGIN, recorded_at=AT, about=about)


def at_once(request: Request, response: Response, redaction: Redaction | None = None, **about: object) -> Recording:
    return jobs.record(redaction or Redaction(KEY), request, response, origin=ORIGIN, recorded_at=AT, about=about)


async def test_what_is_small_starts_no_process(redactor: BackgroundRedactor) -> None:
    leg = logout(), answer('{"access_token": "' + SECRET + '"}')
    assert await recorded(redactor, *leg) == at_once(*leg)
    assert (redactor.worker.starts, redactor.is_idle) == (0, True)


def coded(data: bytes) -> Response:
    headers = Headers.of({"Content-Type": "application/json", "Content-Encoding": "gzip"})
    return Response(200, "OK", headers, gzip.compress(data), "upstream")


LARGE = {
    "the answer's body": (logout(), answer(json.dumps({"access_token": SECRET, "text": LONG}))),
    "the request's body": (replace(logout(), body=LONG.encode()), answer(SECRET)),
    "the target": (logout(target=f"/api/v2/R/logout/D?userid={SECRET}&x={LONG.replace(' ', '+')}"), answer()),
    "a header": (replace(logout(), headers=Headers.of({"Authorization": "Bearer " + SECRET, "X": LONG})), answer()),
    "the app's request": (replace(logout(), rewritten_from=f"DELETE /api/v1/logout?deviceId={SECRET}&{LONG[:-1]}"), answer()),
    "what a coding unfolds to": (logout(), coded(json.dumps({"access_token": SECRET, "text": LONG}).encode())),
    "text that UTF-8 cannot say": (logout(), answer('{"access_token": "\\ud800' + SECRET + '", "text": "' + LONG + '"}')),
    "bytes that are no text": (logout(), replace(answer(), body=bytes(range(256)) * 64)),
}  # fmt: skip


async def test_what_is_large_comes_out_as_if_it_were_redacted_at_once(redactor: BackgroundRedactor) -> None:
    same, about = Redaction(KEY), {"found": "a \ud800 b", "findings": [{"id": "XFF001"}]}
    for where, (request, response) in LARGE.items():
        made = await recorded(redactor, request, response, **about)
        assert made == at_once(request, response, same, **about), where
        assert SECRET.encode() not in made.block, where
    assert redactor.worker.starts == 1


@pytest.mark.parametrize("body", [b"not gzip", b"not gzip" * SMALL], ids=["small", "large"])
async def test_what_cannot_be_decoded_is_told_by_what_is_wrong_with_it(
    redactor: BackgroundRedactor, body: bytes
) -> None:
    with pytest.raises((NotRedactedError, CodingError), match=r"^a body that is not gzip$"):
        await recorded(redactor, logout(), replace(coded(b""), body=body))


async def test_secrets_that_either_side_has_met_are_known_to_the_other(redactor: BackgroundRedactor) -> None:
    await recorded(redactor, logout(), answer(f'{{"access_token": "{SECRET}"}}'))
    there = await recorded(redactor, logout(), answer(f"{LONG} {SECRET}"))
    assert SECRET.encode() not in there.block
    await recorded(redactor, logout(), answer(json.dumps({"text": LONG, "refresh_token": TOKENS[0]})))
    here = await recorded(redactor, logout(), answer(f"see {TOKENS[0]}"))
    assert TOKENS[0].encode() not in here.block
    assert redactor.worker.starts == 1


async def test_a_process_that_was_started_anew_knows_them_as_well(redactor: BackgroundRedactor) -> None:
    await recorded(redactor, logout(), answer(json.dumps({"text": LONG, "access_token": SECRET})))
    await redactor.aclose()
    there = await recorded(redactor, logout(), answer(f"{LONG} {SECRET}"))
    assert SECRET.encode() not in there.block
    assert redactor.worker.starts == 2


async def test_the_worker_redacts_by_the_rules_of_the_configuration() -> None:
    settings = read_section(
        Settings,
        {
            "rules": [{"json": "$..nick", "as": "user"}, {"pattern": "acct-[0-9]+", "as": "user"}, {"header": "X-Who", "as": "user"}],
            "keep": [{"query": "code", "reason": "a test's"}],
        }
    )  # fmt: skip
    redaction = Redaction(KEY, policy_of(settings))
    redactor = BackgroundRedactor(
        redaction, encode({key: [*map(said, getattr(settings, key))] for key in ("rules", "keep")})
    )
    request = logout(target="/api/v2/R/logout/D?code=abcdefghijklmn")
    response = answer(json.dumps({"nick": "somebody-of-us", "a": "acct-123456789012", "text": LONG}))
    try:
        made = await recorded(redactor, request, response)
    finally:
        await redactor.aclose()
    assert made == at_once(request, response, redaction.afresh())
    assert b"somebody-of-us" not in made.block
    assert b"acct-123456789012" not in made.block
    assert b"code=abcdefghijklmn" in made.block


async def test_a_request_is_compared_and_an_answer_played_alike(redactor: BackgroundRedactor) -> None:
    redaction = Redaction(KEY)
    long = logout(target=f"/x?userid={SECRET}&x={'y' * SMALL}")
    assert await redactor.compared(long, whole=False) == redaction.compared(long, whole=False)
    assert await redactor.target(long.target) == redaction.target(long.target)
    posted = replace(logout(), body=LONG.encode())
    assert await redactor.compared(posted, whole=True) == redaction.compared(posted, whole=True)
    interaction = Interaction(ORIGIN, logout(), answer(json.dumps({"access_token": SECRET, "text": LONG})), AT)
    assert await redactor.answer(interaction) == again(redaction, interaction).response
    assert redactor.worker.starts == 1


async def longest_step(work: Awaitable[object]) -> float:
    """Return the processor seconds of the loop's thread in its longest step while `work` is awaited."""
    longest = 0.0
    task = asyncio.ensure_future(work)
    before = time.thread_time()
    while not task.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, before = max(longest, now - before), now
    await task
    return longest


WORST = {
    "tokens": json.dumps([{"access_token": token} for token in TOKENS]),
    "e-mails": json.dumps([f"user{number}@example.com" for number in range(6000)]),
    "text of a MiB": "some text " * 104857,
}


@for_each("text", WORST.values(), ids=WORST)
async def test_meanwhile_the_loop_goes_on(redactor: BackgroundRedactor, text: str) -> None:
    """A step that is long by chance (a collection of garbage, another process) is not long three times."""
    for _ in range(3):
        if (longest := await longest_step(recorded(redactor, logout(), answer(text)))) < 0.05:
            return
    pytest.fail(f"a step took {longest} s")


def in_a_thread(new_loop: Callable[[], asyncio.AbstractEventLoop], work: Coroutine[Any, Any, object]) -> None:
    """Run work on a loop of its own in another thread, as the plugin does."""
    errors: list[BaseException] = []

    def run() -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            try:
                runner.run(work)
            except BaseException as error:  # noqa: BLE001  # raised again below
                errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_any_loop_in_any_thread_will_do(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def work() -> None:
        redactor = BackgroundRedactor(Redaction(KEY))
        made = await recorded(redactor, *LARGE["the answer's body"])
        await redactor.aclose()
        assert made == at_once(*LARGE["the answer's body"])
        assert redactor.is_idle

    in_a_thread(new_loop, work())

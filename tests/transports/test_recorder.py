"""What is recorded, when, and what never: whatever becomes of a recording, the app's exchange goes through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.cassettes.format import HEAD
from gateway.cassettes.parsing import parse
from gateway.core.adobe.routes import RoutePattern
from gateway.core.asking import Ask, Asker
from gateway.core.errors import gateway_error
from gateway.core.memo import Memo
from gateway.core.model import BodyTruncatedError, Headers, Interaction, Request, Response, Send
from gateway.core.redaction import Redacted, Redaction
from gateway.core.secrets.leaks import Leak
from gateway.redacting.redactor import BackgroundRedactor
from gateway.transports.recorder import REASONS, Counts, Recorder
from gateway.transports.recording_together import LegGroup
from gateway.transports.redactor import NotRedactedError, Recording
from tests.legs import JWT, ORIGIN, Ears, Pieces, Sent, answer, logout

ROUTES = (RoutePattern.parse("GET /api/v2/{serviceProvider}/logout/{mvpd}"),)


@dataclass
class Tape:
    """A tape in memory, which may be slow or broken."""

    blocks: list[bytes] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None
    error: Exception | None = None

    @property
    def kept(self) -> list[Interaction]:
        """What a replay would read."""
        return list(parse(Path("tape"), HEAD + b"".join(self.blocks))) if self.blocks else []

    async def add(self, block: bytes) -> None:
        if self.before is not None:
            await self.before()
        if self.error is not None:
            raise self.error
        self.blocks.append(block)

    def put(self, entry: LegGroup) -> None:
        raise AssertionError(entry)  # nothing here is asked with a call


def recorder(send: Send, tape: Tape, ears: Ears, **about: Any) -> Recorder:
    settings: dict[str, Any] = {
        "redactor": BackgroundRedactor(Redaction(b"k" * 32)),
        "routes": ROUTES,
        "origins": lambda name: f"{ORIGIN}/{name}".removesuffix("/lab"),
        "about": lambda request, _: {"id": request.id},
        "warn": ears,
        "max_body": 100,
    }
    return Recorder(send, tape, **{**settings, **about})


async def body_of(response: Response) -> bytes:
    if isinstance(response.body, bytes):
        return response.body
    return b"".join([piece async for piece in response.body])


async def test_a_leg_of_a_recorded_route_is_on_the_tape_before_its_answer_is_handed_on() -> None:
    tape, ears = Tape(), Ears()
    sent = Sent(lambda _: replace(answer('{"a": 1}'), body=Pieces([b'{"a"', b": 1}"])))
    machine = recorder(sent, tape, ears)
    response = await machine.send(replace(logout(), body=Pieces([b"x", b"y"])))
    (kept,) = tape.kept
    assert response.body == b'{"a": 1}'
    assert sent.requests[0].body == b"xy"
    assert (kept.origin, kept.request.method, kept.request.target) == (ORIGIN, "GET", logout().target)
    assert (kept.request.body, kept.response.body) == (b"xy", b'{"a": 1}')
    assert kept.about["id"] == "x-1"
    assert kept.about["source"] == "upstream"
    assert kept.about["recorded_at"] == kept.recorded_at
    assert kept.recorded_at.endswith("Z")
    assert isinstance(kept.about["elapsed_ms"], int)
    assert "Host" not in kept.request.headers
    assert (machine.counts.recorded, ears.heard) == (1, [])


async def test_requests_for_tokens_are_never_recorded() -> None:
    """Not even where a configuration names their route."""
    tape, ears = Tape(), Ears()
    machine = recorder(Sent(lambda _: answer("{}")), tape, ears, routes=(RoutePattern.parse("* /{rest...}"),))
    for path in ("/o/client/token", "/o/%63lient/register", "/o//client/token"):
        await machine.send(Request("POST", f"{path}?client_secret=x"))
    assert tape.kept == []
    await machine.send(Request("PUT", "/anything/else"))
    assert len(tape.kept) == 1


async def test_other_routes_pass_untouched() -> None:
    """Bodies outside the recorded routes stream: the very same objects go in and out."""
    tape = Tape()
    upload, download = Pieces([b"x"]), Pieces([b"y"])
    sent = Sent(lambda _: replace(answer(), body=download))
    for request in (
        Request("POST", "/o/client/token", body=upload),
        replace(logout(), method="DELETE", body=upload),
        replace(logout(target="/api/v2/REF30/logout/Dish/x"), body=upload),
    ):
        response = await recorder(sent, tape, Ears()).send(request)
        assert sent.requests[-1] is request
        assert response.body is download
    assert (upload.read, download.read, tape.kept) == (0, 0, [])


@pytest.mark.parametrize("status", [502, 504, 400])
async def test_the_gateways_own_errors_are_never_recorded(status: int) -> None:
    tape, ears = Tape(), Ears()
    own = gateway_error(status, "upstream_timeout", "No.")
    assert await recorder(Sent(lambda _: own), tape, ears).send(logout()) is own
    assert (tape.kept, ears.heard) == ([], [])


async def test_an_upstreams_errors_are() -> None:
    tape = Tape()
    await recorder(Sent(lambda _: answer("down", 503)), tape, Ears()).send(logout())
    assert [kept.response.status for kept in tape.kept] == [503]


@pytest.mark.parametrize("side", ["request", "response"])
async def test_a_body_beyond_the_limit_streams_unrecorded_with_a_warning(side: str) -> None:
    tape, ears = Tape(), Ears()
    large = Pieces([b"x" * 60] * 3)
    upload = large if side == "request" else Pieces([b"small"])
    download = large if side == "response" else Pieces([b"small"])
    sent = Sent(lambda _: replace(answer(), body=download))
    machine = recorder(sent, tape, ears)
    response = await machine.send(replace(logout(), body=upload))
    assert download.read == {"request": 0, "response": 2}[side]
    assert await body_of(response) == (b"small" if side == "request" else b"x" * 180)
    if side == "request":
        assert await body_of(replace(response, body=sent.requests[0].body)) == b"x" * 180
    assert tape.kept == []
    ((event, about),) = ears.heard
    assert (event, about["side"]) == ("not recorded", side)
    assert machine.counts.lost == {"its body exceeds limits.max_body": 1}


async def test_an_answer_that_breaks_off_is_not_recorded_and_looks_broken() -> None:
    tape, ears = Tape(), Ears()
    machine = recorder(Sent(lambda _: replace(answer(), body=Pieces([b"half"], truncated=True))), tape, ears)
    response = await machine.send(logout())
    with pytest.raises(BodyTruncatedError):
        await body_of(response)
    assert (tape.kept, ears.events, machine.counts) == ([], ["not recorded"], Counts(cut_off=1))


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OSError(28, "No space left on device", "/cassettes/x"), "No space left on device"),
        (ValueError("quotes a secret"), "ValueError"),
        (RecursionError("quotes a secret"), "RecursionError"),
    ],
)
async def test_a_tape_that_fails_costs_the_recording_alone(error: Exception, why: str) -> None:
    ears = Ears()
    machine = recorder(Sent(lambda _: answer("fine")), Tape(error=error), ears)
    for number in (1, 2):
        assert (await machine.send(logout())).body == b"fine"
        event, about = ears.heard[-1]
        assert (event, about["why"], about["lost"]) == ("recording failed", why, number)
    assert (machine.counts.recorded, machine.counts.lost) == (0, {why: 2})
    assert "secret" not in str(ears.heard)


async def test_a_body_that_cannot_be_decoded_cannot_be_redacted_and_is_not_recorded() -> None:
    tape, ears = Tape(), Ears()
    coded = replace(answer("not gzip"), headers=Headers.of({"Content-Encoding": "gzip"}))
    response = await recorder(Sent(lambda _: coded), tape, ears).send(logout())
    assert (response, tape.kept, ears.events) == (coded, [], ["recording failed"])


class Leaky(Redaction):
    """A redaction that overlooks something."""

    def leg(self, *leg: Any, **about: Any) -> Redacted:
        return Redacted(super().leg(*leg, **about).interaction, (Leak("response.headers.X-Odd", "a JSON Web Token"),))


@pytest.mark.parametrize(("on_leak", "kept"), [("refuse", 0), ("warn", 1)])
async def test_a_leak_is_refused_or_written_and_told_without_its_value(on_leak: str, kept: int) -> None:
    tape, ears = Tape(), Ears()
    machine = recorder(
        Sent(lambda _: answer()), tape, ears, redactor=BackgroundRedactor(Leaky(b"k" * 32)), on_leak=on_leak
    )
    assert (await machine.send(logout())).status == 200
    assert ears.heard == [
        (
            "leak",
            {"id": "x-1", "on_leak": on_leak, "places": ["response.headers.X-Odd: a JSON Web Token"], "leaks": 1},
        )
    ]
    assert (len(tape.kept), machine.counts.leaks, machine.counts.recorded) == (kept, 1, kept)
    lost = {} if kept else {"a secret was left in it (redaction.on_leak)": 1}
    assert machine.counts.lost == lost


async def test_a_token_that_is_kept_by_mistake_is_seen_at_the_last_look() -> None:
    """Nothing in `x_gateway` is redacted, so a token there is what the last look is for."""
    tape, ears = Tape(), Ears()
    await recorder(Sent(lambda _: answer()), tape, ears, about=lambda *_: {"odd": {"place": [JWT]}}).send(logout())
    assert (tape.kept, ears.events) == ([], ["leak"])
    assert ears.heard[0][1]["places"] == ["x_gateway.odd.place[0]: a JSON Web Token"]


async def test_an_app_that_leaves_undoes_nothing() -> None:
    """The upstream was asked, so its answer is recorded, and the body closed that nobody reads."""
    tape, ears, asked, go = Tape(), Ears(), asyncio.Event(), asyncio.Event()
    body = Pieces([b"x" * 80] * 2)

    async def send(request: Request) -> Response:
        asked.set()
        await go.wait()
        return answer("done") if "Dish" in request.target else replace(answer(), body=body)

    machine = recorder(send, tape, ears)
    for target in (logout().target, "/api/v2/REF30/logout/Large"):
        asked.clear()
        app = asyncio.create_task(machine.send(logout(target=target)))
        await asked.wait()
        app.cancel()
        with pytest.raises(asyncio.CancelledError):
            await app
    go.set()
    await machine.drain(5)
    assert [kept.response.body for kept in tape.kept] == [b"done"]
    assert body.closed


async def test_an_app_that_leaves_during_the_write_undoes_nothing() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await go.wait()

    tape = Tape(before=wait)
    machine = recorder(Sent(lambda _: answer()), tape, Ears())
    app = asyncio.create_task(machine.send(logout()))
    await begun.wait()
    app.cancel()
    with pytest.raises(asyncio.CancelledError):
        await app
    go.set()
    await machine.drain(5)
    assert len(tape.kept) == 1


async def test_a_defect_behind_an_app_that_left_is_told_and_not_raised() -> None:
    asked, go = asyncio.Event(), asyncio.Event()
    ears = Ears()

    async def send(_: Request) -> Response:
        asked.set()
        await go.wait()
        message = "quotes a secret"
        raise RuntimeError(message)

    machine = recorder(send, Tape(), ears)
    app = asyncio.create_task(machine.send(logout()))
    await asked.wait()
    app.cancel()
    with pytest.raises(asyncio.CancelledError):
        await app
    go.set()
    await machine.drain(5)
    assert ears.events == ["recording failed"]
    assert "secret" not in str(ears.heard)


async def test_what_takes_too_long_at_the_end_is_given_up() -> None:
    asked, never = asyncio.Event(), asyncio.Event()

    async def send(_: Request) -> Response:
        asked.set()
        await never.wait()
        return answer()

    machine = recorder(send, Tape(), Ears())
    app = asyncio.create_task(machine.send(logout()))
    await asked.wait()
    app.cancel()
    with pytest.raises(asyncio.CancelledError):
        await app
    await machine.drain(0.01)
    assert not machine.tasks
    await machine.drain(0)


async def test_what_is_given_up_at_the_end_although_it_was_answered_is_lost() -> None:
    """Its upstream did what it was asked to, and a replay will have no answer."""
    begun, never = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await never.wait()

    ears = Ears()
    machine = recorder(Sent(lambda _: answer()), Tape(before=wait), ears)
    app = asyncio.create_task(machine.send(logout()))
    await begun.wait()
    await machine.drain(0.01)
    with pytest.raises(asyncio.CancelledError):
        await app
    assert machine.counts.lost == {"the gateway ended before it was written": 1}
    assert ears.events[0] == "recording failed"


class TooMuch(BackgroundRedactor):
    """A redactor that gives up."""

    async def record(self, *_: Any, **__: Any) -> Recording:
        message = "it is too much work"
        raise NotRedactedError(message)


async def test_what_is_too_much_work_goes_through_unrecorded_counted_and_said() -> None:
    tape, ears = Tape(), Ears()
    machine = recorder(Sent(lambda _: answer("fine")), tape, ears, redactor=TooMuch(Redaction(b"k" * 32)))
    assert (await machine.send(logout())).body == b"fine"
    assert (tape.blocks, machine.counts) == ([], Counts(lost={"it is too much work": 1}))
    assert ears.heard == [("recording failed", {"id": "x-1", "why": "it is too much work", "lost": 1})]


def test_only_so_many_reasons_are_told_apart() -> None:
    counts = Counts()
    for number in range(REASONS + 5):
        counts.lose(f"the disk took {number} bytes")
    assert (len(counts.lost), counts.lost["other reasons"]) == (REASONS + 1, 5)


class Line:
    """A sender that offers `asking`: a test answers its requests."""

    def __init__(self) -> None:
        self.asker: Asker | None = None

    def asking(self, request: Request) -> Ask | None:
        return None if request.body else self.ask

    def ask(self, asker: Asker) -> Line:
        self.asker = asker
        return self

    def abandon(self) -> None:
        raise AssertionError(self)  # a leg is recorded, even if its app has left

    async def send(self, request: Request) -> Response:
        raise AssertionError(request)


@pytest.mark.parametrize("left", ["before", "with", "after"])
@pytest.mark.parametrize("whole", [True, False])
async def test_a_leg_that_was_sent_with_a_callback_is_recorded_whenever_its_app_leaves(left: str, whole: bool) -> None:
    """`with`: the app leaves in the turn of the loop in which its answer comes, before or after the answer."""
    line, tape, ears = Line(), Tape(), Ears()
    machine = recorder(line.send, tape, ears)
    for leaves_first in (False, True):
        app = asyncio.create_task(machine.send(fresh()))
        await asyncio.sleep(0)
        assert line.asker is not None
        if left == "before" or (left == "with" and leaves_first):
            app.cancel()
        if left == "before":
            await asyncio.sleep(0)
        body = Pieces([b"o", b"k"])
        if whole:
            line.asker.answered(answer("ok"))
        else:
            line.asker.goes_on(later(replace(answer("ok"), body=body)))
        if left == "with" and not leaves_first:
            app.cancel()
        elif left == "after":
            await asyncio.sleep(0)
            app.cancel()
        with suppress(asyncio.CancelledError):
            await app
        await machine.drain(20)
    assert [kept.response.body for kept in tape.kept] == [b"ok", b"ok"]
    assert (machine.counts.recorded, machine.counts.lost, ears.heard) == (2, {}, [])


async def later(response: Response) -> Response:
    return response


def fresh() -> Request:
    """A logout with a memory of its own, as the looks make it."""
    asked = logout()
    return replace(asked, memo=Memo(asked.method, asked.target, asked.headers))

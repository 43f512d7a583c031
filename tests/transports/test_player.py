"""A replay answers each device from what was recorded, in order, and says of a miss what came nearest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any, Literal

import pytest
from msgspec.structs import replace

from gateway.core import state
from gateway.core.matching import DeviceChoice, Matcher
from gateway.core.model import Headers, Interaction, Request, Response, Send
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState
from gateway.redacting.redactor import BackgroundRedactor
from gateway.transports.player import Player
from gateway.transports.redactor import NotRedactedError
from tests.harness.for_each import for_each
from tests.legs import DISH, JWT, ORIGIN, Ears, Pieces, Sent, answer, device_header, logout, recorded

KEY = Redaction(b"k" * 32)
NO_KEY = Redaction(b"of this run alone, 32 bytes long", lasting=False)
SPECTRUM = "/api/v2/REF30/logout/Spectrum?redirectUrl=https%3A%2F%2Fadobe.com"


def play(
    *interactions: Interaction,
    redaction: Redaction = KEY,
    match: Sequence[str] = ("method", "path", "query"),
    device: DeviceChoice = "prefer",
    on_exhausted: Literal["last", "error", "cycle"] = "last",
    otherwise: Send | None = None,
    warn: Callable[..., None] | None = None,
    max_body: int = 100,
) -> Player:
    return Player(
        interactions,
        redaction=redaction,
        redactor=BackgroundRedactor(redaction),
        matcher=Matcher(tuple(match)),
        device=device,
        on_exhausted=on_exhausted,
        state=MemoryState(),
        origins=lambda name: ORIGIN if name in {"lab", "emulator"} else f"https://{name}.example",
        max_body=max_body,
        warn=warn or Ears(),
        otherwise=otherwise,
        stands_in=lambda name: name == "emulator",
    )


def take(text: str, device: str = "roku", target: str = DISH, **about: Any) -> Interaction:
    """Return a recording whose answer is `text`."""
    return recorded(KEY, logout(device, target), answer(text), **about)


async def heard(player: Player, *requests: Request) -> list[str]:
    """Return the answers' bodies; of the gateway's own, the code."""
    return [said(await player.send(request)) for request in requests]


def said(response: Response) -> str:
    assert isinstance(response.body, bytes)
    return response.headers.get("X-Gateway-Error") or response.body.decode()


def error(response: Response) -> dict[str, Any]:
    assert isinstance(response.body, bytes)
    document: dict[str, Any] = json.loads(response.body)
    return document


async def test_a_recorded_answer_comes_back_as_it_was_recorded() -> None:
    response = await play(take('{"a": 1}')).send(logout())
    assert response == replace(answer('{"a": 1}'), source="cassette")


@pytest.mark.parametrize(
    ("on_exhausted", "then"),
    [
        ("last", ["two", "two", "two"]),
        ("cycle", ["one", "two", "one"]),
        ("error", ["gateway_replay_exhausted"] * 3),
    ],
)
async def test_a_sequence_is_played_in_order_and_then_as_configured(
    on_exhausted: Literal["last", "error", "cycle"], then: list[str]
) -> None:
    player = play(take("one"), take("two"), on_exhausted=on_exhausted)
    assert await heard(player, *[logout()] * 5) == ["one", "two", *then]
    player.rewind()
    assert await heard(player, logout()) == ["one"]


def refusal(exchange: str, status: int = 401) -> Interaction:
    """Return a recording of this exchange, answered 401."""
    taken = recorded(KEY, logout(), replace(answer("refused"), status=status))
    return replace(taken, about={**taken.about, "id": exchange})


def sent_again(exchange: str, text: str) -> Interaction:
    taken = take(text)
    return replace(taken, about={**taken.about, "id": exchange})


@for_each(
    ("takes", "with_our_token", "with_the_apps"),
    [
        ((refusal("a"), sent_again("a", "fresh")), ["fresh"], ["refused", "fresh"]),
        ((refusal("a"), sent_again("b", "later")), ["refused", "later"], ["refused", "later"]),
        ((refusal(""), sent_again("", "later")), ["refused", "later"], ["refused", "later"]),
        ((refusal("a"), refusal("a"), sent_again("b", "later")), ["refused", "later"], ["refused", "refused", "later"]),
        ((refusal("a", 403), sent_again("a", "x")), ["refused", "x"], ["refused", "x"]),
        ((refusal("a"),), ["refused"], ["refused"]),
    ],
)
async def test_a_401_to_the_gateways_own_token_is_passed_over_where_the_request_was_sent_once_more(
    takes: tuple[Interaction, ...], with_our_token: list[str], with_the_apps: list[str]
) -> None:
    """Both were recorded, of one exchange, and a rule never saw the first. An app with a token of its own sees both."""
    ours, theirs = replace(logout(), credentials="default"), logout()
    assert await heard(play(*takes), *[ours] * len(with_our_token)) == with_our_token
    assert await heard(play(*takes), *[theirs] * len(with_the_apps)) == with_the_apps


async def test_a_miss_that_a_rule_does_without_is_not_explained() -> None:
    player = play(take("one"))
    asked = replace(logout(), target="/api/v1/logout", may_be_missing=True)
    miss = await player.send(asked)
    assert (miss.headers["X-Gateway-Error"], "nearest" in error(miss)) == ("gateway_replay_miss", False)
    assert "nearest" in error(await player.send(replace(asked, may_be_missing=False)))


async def test_an_exhausted_sequence_is_an_error_of_the_gateways_own() -> None:
    player = play(take("one"), on_exhausted="error")
    await player.send(logout())
    response = await player.send(logout())
    assert (response.status, response.source) == (502, "gateway")
    assert error(response)["status"] == 502
    assert error(response)["action"] == "none"


async def test_twenty_devices_play_one_sequence_at_once() -> None:
    """Each has a cursor of its own, by its identifier, or by its address where it says none."""
    takes = [take(f"answer {number}") for number in range(5)]
    player = play(*takes, redaction=NO_KEY)

    async def one(number: int) -> list[str]:
        answers = []
        for _ in range(5):
            device = f"roku {number}" if number % 2 else ""
            answers += await heard(player, logout(device, client=f"192.0.2.{number}"))
            await asyncio.sleep(0)
        return answers

    everybody = await asyncio.gather(*map(one, range(20)))
    assert everybody == [[f"answer {number}" for number in range(5)]] * 20


async def test_a_request_in_another_spelling_of_its_secrets_is_found() -> None:
    """Secrets are left out of the comparison: another device, token or address finds the same recording."""
    player = play(take("one", target=f"{DISH}&deviceId=a-recorded-device-id"), redaction=NO_KEY)
    assert await heard(player, logout("apple tv", f"{DISH}&deviceId=another-device-id")) == ["one"]


@pytest.mark.parametrize("redaction", [KEY, NO_KEY])
async def test_two_recorded_devices_play_each_its_own_part(redaction: Redaction) -> None:
    """With the key by their pseudonyms, whatever the order in which they come; without it each is bound to one for the run."""
    ears = Ears()
    takes = [
        take(f"{name} {n}", name, target) for n, target in enumerate((DISH, SPECTRUM)) for name in ("roku", "fire")
    ]
    player = play(*takes, redaction=redaction, warn=ears)
    asked = [logout("fire"), logout("roku"), logout("fire", SPECTRUM), logout("roku", SPECTRUM)]
    answers = await heard(player, *asked)
    if redaction is KEY:
        assert answers == ["fire 0", "roku 0", "fire 1", "roku 1"]
        assert ears.events == []
    else:
        assert answers == ["roku 0", "fire 0", "roku 1", "fire 1"]
        assert ears.events == ["devices bound"]


async def test_the_log_says_once_that_devices_were_bound_and_not_which() -> None:
    ears = Ears()
    player = play(take("one", "roku"), warn=ears)
    await heard(player, logout("fire"), logout("apple"), logout("apple"))
    assert ears.events == ["devices bound"]
    assert "fire" not in str(ears.heard)


@pytest.mark.parametrize(
    ("device", "redaction", "answers"),
    [
        ("prefer", KEY, ["roku", "roku"]),
        ("require", KEY, ["roku", "gateway_replay_miss"]),
        ("require", NO_KEY, ["roku", "fire"]),
        ("ignore", KEY, ["roku", "roku"]),
    ],
)
async def test_how_the_device_chooses(device: DeviceChoice, redaction: Redaction, answers: list[str]) -> None:
    player = play(take("roku", "roku"), take("fire", "fire"), redaction=redaction, device=device)
    assert await heard(player, logout("roku"), logout("stranger")) == answers


async def test_a_device_that_says_nothing_plays_what_was_recorded_of_such() -> None:
    player = play(take("roku", "roku"), take("nobody", ""), device="require")
    assert await heard(player, logout(""), logout("roku")) == ["nobody", "roku"]


async def test_a_miss_because_of_the_device_says_so() -> None:
    response = await play(take("roku", "roku"), device="require").send(logout("stranger"))
    (near,) = error(response)["nearest"]
    assert near["differs"] == ["device: recorded others, got one that is not among them"]


async def test_cassettes_of_other_tools_have_devices_too() -> None:
    """vcrpy wrote what was sent, unredacted; a device finds its own part there, and what is played is redacted."""
    raw = [
        Interaction(ORIGIN, logout(name), answer(f'{{"name": "{name}", "userID": "somebody-of-{name}"}}'), "")
        for name in ("roku", "fire")
    ]
    fire, roku = await heard(play(*raw, device="require"), logout("fire"), logout("roku"))
    assert (json.loads(fire)["name"], json.loads(roku)["name"]) == ("fire", "roku")
    assert "somebody" not in fire + roku


async def test_the_cursors_of_two_targets_of_one_device_are_two() -> None:
    """Their keys are one, since the secret in which they differ is left out; their sequences are two."""
    takes = [take(who, target=f"{DISH}&ast=token-number-{who}-{who}") for who in ("one", "two", "one")]
    player = play(*takes, on_exhausted="error")
    asked = [logout(target=interaction_target(who)) for who in ("one", "two", "one", "one")]
    assert await heard(player, *asked) == ["one", "two", "one", "gateway_replay_exhausted"]


def interaction_target(who: str) -> str:
    return f"{DISH}&ast=token-number-{who}-{who}"


async def test_only_so_many_cursors_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "CURSORS", 2000)
    player = play(take("one"), take("two"), redaction=NO_KEY)
    await heard(player, *[logout(f"device {number}") for number in range(50)])
    assert isinstance(player._state, MemoryState)
    assert 0 < len(player._state._cursors) < 10
    assert await heard(player, logout("device 49"), logout("device 0")) == ["two", "one"]


async def test_a_miss_is_the_gateways_own_answer_with_the_nearest() -> None:
    player = play(take("one"), take("two", target=SPECTRUM), take("three", target="/api/v2/REF30/profiles"))
    live = replace(logout(target=DISH.replace("adobe.com", "example.com") + "&x=1"), method="GET")
    response = await player.send(live)
    assert (response.status, response.reason, response.source) == (502, "Bad Gateway", "gateway")
    assert response.headers["X-Gateway-Error"] == "gateway_replay_miss"
    body = error(response)
    assert {key: body[key] for key in ("action", "status", "code")} == {
        "action": "none",
        "status": 502,
        "code": "gateway_replay_miss",
    }
    assert [near["interaction"] for near in body["nearest"]] == [0, 1, 2]
    assert body["nearest"][0] == {
        "interaction": 0,
        "line": 0,
        "request": f"GET {DISH}",
        "differs": [
            "query redirectUrl: recorded https%3A%2F%2Fadobe.com, got https%3A%2F%2Fexample.com",
            "query x: recorded nothing, got 1",
        ],
    }


async def test_a_miss_tells_no_secret() -> None:
    """Neither the live request's nor, should a cassette hold one, the recorded one's."""
    secret = "secret-device-identifier-of-somebody"
    raw = Interaction(ORIGIN, logout("roku", f"/x?deviceId={secret}&a={JWT}"), answer(), "")
    player = play(raw, match=("method", "path", "query", "header:Authorization", "header:X-A"))
    live = Request(
        "GET",
        f"/y?deviceId={secret}&ast={secret}&b={JWT}",
        Headers.of({"Authorization": f"Bearer {secret}", "X-A": JWT, "AP-Device-Identifier": device_header(secret)}),
        upstream="lab",
    )
    text = str(error(await player.send(live)))
    assert "header:Authorization: recorded nothing, got Bearer *" in text
    assert secret not in text
    assert JWT not in text


async def test_an_empty_cassette_misses_everything() -> None:
    assert error(await play().send(logout()))["nearest"] == []


async def test_the_upstream_is_compared_when_it_is_asked_for() -> None:
    player = play(take("one"), match=("path", "upstream"))
    assert await heard(player, logout(upstream="lab"), logout(upstream="other")) == ["one", "gateway_replay_miss"]


async def test_a_body_that_is_compared_is_read_up_to_the_limit() -> None:
    """One that is larger matches nothing, least of all a recording without a body."""
    with_body = recorded(KEY, replace(logout(), body=b"abc"), answer("three letters"))
    without = recorded(KEY, logout(), answer("none"))
    player = play(with_body, without, match=("path", "body"), max_body=5)
    assert await heard(player, replace(logout(), body=Pieces([b"ab", b"c"])), logout()) == ["three letters", "none"]
    large = Pieces([b"abc", b"def"])
    response = await player.send(replace(logout(), body=large))
    assert said(response) == "gateway_replay_miss"
    assert "body: recorded nothing, got more than limits.max_body" in str(error(response))
    assert large.closed


async def test_a_body_that_is_not_compared_is_not_read() -> None:
    body = Pieces([b"x"])
    assert await heard(play(take("one")), replace(logout(), body=body)) == ["one"]
    assert (body.read, body.closed) == (0, True)


async def test_a_miss_and_a_sequence_that_has_run_out_go_on() -> None:
    """With somewhere else to go, nothing is answered twice, whatever on_exhausted says."""
    sent = Sent(lambda _: answer("live"))
    player = play(take("one"), otherwise=sent, on_exhausted="cycle")
    body = Pieces([b"x"])
    asked = [logout(), logout(), replace(logout(target=SPECTRUM), body=body), logout()]
    assert await heard(player, *asked) == ["one", "live", "live", "live"]
    assert sent.requests == asked[1:]
    assert (body.read, body.closed) == (0, False)


@pytest.mark.parametrize(
    ("upstream", "live", "replayed"), [("lab", ["live", "real", "live"], ["emulated", "real", "real"]),
                                        ("emulator", ["emulated", "real", "live"], ["emulated", "real", "real"])]
)  # fmt: skip
async def test_the_emulator_answers_for_itself_and_in_replay_never_for_a_real_upstream(
    upstream: str, live: list[str], replayed: list[str]
) -> None:
    takes = [
        take("emulated", source="emulator"),
        take("real", target=SPECTRUM),
        take("emulated too", source="emulator"),
    ]
    asked = [
        logout(upstream=upstream),
        logout(target=SPECTRUM, upstream=upstream),
        logout(target=SPECTRUM, upstream=upstream),
    ]
    assert await heard(play(*takes, otherwise=Sent(lambda _: answer("live"))), *asked) == live
    assert await heard(play(*takes), *asked) == replayed


async def test_a_real_answer_between_emulated_ones_is_found() -> None:
    takes = [take("emulated", source="emulator"), take("real"), take("emulated", source="emulator")]
    player = play(*takes, otherwise=Sent(lambda _: answer("live")))
    assert await heard(player, logout(), logout()) == ["real", "live"]


class TooMuch(BackgroundRedactor):
    """A redactor that gives up what is large."""

    async def compared(self, request: Request, *, whole: bool) -> Request:
        if len(request.target) < 100:
            return await super().compared(request, whole=whole)
        message = "too much work"
        raise NotRedactedError(message)


@pytest.mark.parametrize("otherwise", [None, Sent(lambda _: answer("live"))], ids=["replay", "auto"])
async def test_a_request_that_is_too_much_work_to_compare_is_a_miss_or_sent(otherwise: Sent | None) -> None:
    ears = Ears()
    machine = play(otherwise=otherwise, warn=ears)
    machine._redactor = TooMuch(KEY)
    response = await machine.send(logout(target="/x?" + "y" * 100))
    assert response.headers.get("X-Gateway-Error") == ("" if otherwise else "gateway_replay_miss")
    assert ears.heard == [("not compared", {"id": "x-1", "why": "too much work"})]


async def test_who_asks_finds_the_own_recording_by_what_is_compared_of_fields_and_body() -> None:
    """The key leaves secrets out; among what it finds the pseudonyms of the compared parts choose, and under another key the order."""

    def ask(body: str, **fields: str) -> Request:
        kind = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
        headers = Headers.of(
            {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in fields.items()}}
        )
        return Request("POST", "/login", headers, body.encode(), upstream="lab")

    jane, bob = "username=jane-doe&password=pw-of-jane-1", "username=bob-smith&password=pw-of-bob-22"
    json_of_jane, json_of_bob = '{"username":"jane-doe","n":"x"}', '{"username":"bob-smith","n":"x"}'
    long = "&n=" + "x" * 9000
    wrong = []
    for match, first, second in [
        (["method", "path", "body"], ask(jane), ask(bob)),
        (["method", "path", "body"], ask(jane + long), ask(bob + long)),
        (["method", "path", "body"], ask(json_of_jane), ask(json_of_bob)),
        (["method", "path", "body:$.username"], ask(json_of_jane), ask(json_of_bob)),
        (["method", "path", "body:$.username"], ask(jane), ask(bob)),
        (["method", "path", "header:X-Api-Key"], ask("", X_Api_Key="key-of-jane-4711"), ask("", X_Api_Key="key-of-bob-4712")),
        (["method", "path", "headers"], ask("", Cookie="id=abcdefgh1234567"), ask("", Cookie="id=zyxwvuts1234567")),
        (
            ["method", "path", "headers", "body"],  # a token that is new in each run hides nobody
            ask(jane, Authorization="Bearer once-1234567890"), ask(bob, Authorization="Bearer once-2345678901"),
        ),
    ]:  # fmt: skip
        takes = [recorded(KEY, request, answer(str(number))) for number, request in enumerate((first, second))]
        live = [replace(one, headers=one.headers.with_("Authorization", "Bearer new-9876543210")) if "Authorization" in one.headers else one for one in (second, first)]  # fmt: skip
        for redaction, expected in ((KEY, ["1", "0"]), (NO_KEY, ["0", "1"])):
            player = play(*takes, match=match, redaction=redaction, max_body=1 << 20)
            found = await heard(player, *live)
            if found != expected:
                wrong.append((match, live[0].body, redaction is KEY, found))
            await player._redactor.aclose()  # type: ignore[attr-defined]
    assert wrong == []

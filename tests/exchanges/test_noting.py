"""What was found of calls that are not recorded is written down, within bounds, and what fails there costs no exchange."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from errno import ENOSPC

from msgspec.structs import replace

from gateway.cassettes.findings import line_of
from gateway.core.adobe.routes import LOGOUT_ROUTES, RoutePattern
from gateway.core.device import Device
from gateway.core.memo import Keepsake
from gateway.core.model import Exchange, Finding, Headers, Interaction, Leg, Request, Response
from gateway.core.redaction import Redaction
from gateway.exchanges import noting
from gateway.exchanges.again import Again
from gateway.exchanges.noting import Noting
from gateway.exchanges.observers import Observers
from gateway.exchanges.repeat import Repeat
from gateway.redacting.redactor import BackgroundRedactor
from gateway.transports.recorder import Counts
from gateway.transports.recording_together import LegGroup
from gateway.transports.redactor import NotRedactedError, Recording

FOUND = Finding("ROUTE001", "error", "method", '"DELETE"', "GET", "https://page")
SECRET = "Tr0ub4dor3xyz-88"  # that is the point
LOGOUT = "/api/v2/REF30/logout/Dish?redirectUrl=x"


def exchange(
    method: str = "DELETE",
    target: str = LOGOUT,
    *,
    source: str = "upstream",
    findings: int = 1,
    fields: Headers | None = None,
) -> Exchange:
    headers = Headers.of({"Authorization": f"Bearer {SECRET}", "Content-Length": "7"}) if fields is None else fields
    device = Device("roku-02c1f7", "key", "", "192.0.2.1", "")
    request = Request(method, target, headers, b"secret!", device=device, upstream="lab")
    answer = Response(405, source=source)  # type: ignore[arg-type]  # one of them
    return Exchange("x-1", request, (Leg(request, answer, 1.0),), answer, 1.0, (FOUND,) * findings, 1_700_000_000.0)


class Tape:
    """Takes lines, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.lines: list[bytes] = []
        self.error = error
        self.answers = True

    async def add(self, block: bytes) -> None:
        if not self.answers:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        self.lines.append(block)

    def put(self, entry: LegGroup) -> None:
        raise AssertionError(entry)  # nothing here is asked with a call


class House:
    def __init__(self, error: Exception | None = None, **about: object) -> None:
        self.tape = Tape(error)
        self.counts = Counts()
        self.warnings: list[tuple[str, Mapping[str, object]]] = []
        self.noting = Noting(
            routes=tuple(map(RoutePattern.parse, LOGOUT_ROUTES)),
            redactor=about.pop("redactor", None) or BackgroundRedactor(Redaction(bytes(32))),  # type: ignore[arg-type]
            tape=self.tape,
            origins=lambda _: "https://api.auth.adobe.com",
            recorded_with="1.2.3",
            counts=self.counts,
            warn=lambda event, **said: self.warnings.append((event, said)),
            **about,  # type: ignore[arg-type]  # what it takes
        )

    async def hear_repeated(self, exchange: Exchange) -> list[dict[str, object]]:
        legs = tuple([(leg.request, leg.response) for leg in exchange.legs])
        again = Again(exchange.received, Keepsake(), legs, exchange.reply, exchange.findings, (), Observers(), 0)
        self.noting.repeated(Repeat(again, exchange.id, exchange.at, lambda _: None))
        return await self.hear()

    async def hear(self, *exchanges: Exchange) -> list[dict[str, object]]:
        for each in exchanges:
            self.noting.began(each)
            self.noting.ended(each)
        await self.noting.drain(5)
        assert self.noting.is_idle
        return [json.loads(line) for line in self.tape.lines]


async def test_a_line_says_who_asked_what_and_what_was_found() -> None:
    (line,) = await House().hear(exchange())
    headers = dict(line.pop("headers"))  # type: ignore[call-overload]  # pairs
    assert SECRET not in headers.pop("Authorization")
    assert headers == {"Content-Length": "7"}
    assert line.pop("redaction")
    assert line == {
        "at": "2023-11-14T22:13:20.000Z",
        "device": "roku-02c1f7",
        "method": "DELETE",
        "origin": "https://api.auth.adobe.com",
        "target": LOGOUT,
        "status": 405,
        "id": "x-1",
        "recorded_with": "1.2.3",
        "source": "upstream",
        "findings": [
            {"id": "ROUTE001", "severity": "error", "where": "method", "found": '"DELETE"', "expected": "GET", "source": "https://page"}
        ],
    }  # fmt: skip


async def test_which_calls_are_written_down() -> None:
    wrong = []
    for said, made, written in (
        ("another method", exchange(), True),
        ("a recorded route", exchange("GET"), False),
        ("a recorded route that was replayed", exchange("GET", source="cassette"), False),
        ("a recorded route that no upstream answered", exchange("GET", source="gateway"), True),
        ("an answer that a test put there", exchange("GET", source="override"), True),
        ("a call that was refused", replace(exchange("GET"), legs=()), True),
        ("nothing found", exchange(findings=0), False),
        ("a token request", exchange("POST", "/o/client/token"), True),
    ):
        if bool(heard := await House().hear(made)) is not written:
            wrong.append(said)
        if await House().hear_repeated(made) != heard:
            wrong.append(f"{said}, repeated")
    assert wrong == []


async def test_what_is_long_is_left_out_and_that_is_said() -> None:
    fields = Headers.of([("Accept", "x"), ("X-Long", "y" * 7000), ("X-Short", "z")])
    (line,) = await House().hear(exchange(target=f"{LOGOUT}&a={'b' * 3000}", fields=fields, findings=120))
    assert line["target"] == "/api/v2/REF30/logout/Dish"
    assert line["headers"] == [["Accept", "x"]]
    assert line["left_out"] == {"target_characters": len(LOGOUT) - 25 + 3003, "header_fields": 2, "findings": 20}
    assert len(line["findings"]) == 100  # type: ignore[arg-type]  # a list
    (line,) = await House().hear(exchange(target=f"/{'c' * 3000}"))
    assert (line["target"], line["left_out"]) == ("/", {"target_characters": 3000})


class Refusing(BackgroundRedactor):
    """Redacts as it is told."""

    def __init__(self, make: Callable[[Interaction], Recording]) -> None:
        super().__init__(Redaction(bytes(32)))
        self.make = make

    async def noted(self, request: Request, response: Response, **_: object) -> Recording:
        return self.make(Interaction("", request, response, "", {}))


def leaking(call: Interaction) -> Recording:
    return Recording(line_of(call), ("request.uri: token",))


def too_much(_: Interaction) -> Recording:
    message = "too much work"
    raise NotRedactedError(message)


def defect(_: Interaction) -> Recording:
    raise RuntimeError(SECRET)


async def test_what_fails_is_counted_and_said_with_nothing_of_the_call() -> None:
    for house, why in (
        (House(OSError(ENOSPC, "No space left on device")), "No space left on device"),
        (House(redactor=Refusing(too_much)), "too much work"),
        (House(redactor=Refusing(defect)), "RuntimeError"),
        (House(redactor=Refusing(leaking)), "a secret was left in it (redaction.on_leak)"),
    ):
        assert await house.hear(*[exchange()] * 5) == []
        assert house.counts == Counts(findings_lost=5)
        told = [said for event, said in house.warnings if event == "findings not written"]
        assert [(said["why"], said["lost"]) for said in told] == [(why, 1), (why, 2), (why, 4)]
        assert SECRET not in str(house.warnings)


async def test_a_leak_that_is_only_warned_of_is_written() -> None:
    house = House(redactor=Refusing(leaking), on_leak="warn")
    assert len(await house.hear(exchange())) == 1
    assert house.warnings == [("leak", {"id": "x-1", "on_leak": "warn", "places": ["request.uri: token"]})]
    assert house.counts == Counts()


async def test_a_disk_that_does_not_answer_holds_up_nothing() -> None:
    house = House()
    house.tape.answers = False
    for _ in range(noting.WAITING + 3):
        house.noting.ended(exchange())
    assert house.counts.findings_lost == 3
    await house.noting.drain(0.01)
    assert house.counts.findings_lost == noting.WAITING + 3
    assert house.noting.is_idle

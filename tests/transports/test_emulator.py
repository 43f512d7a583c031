"""The emulator behind `send`: a request becomes its call, its answer a response of source `emulator`."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from gateway.core.model import Request
from gateway.emulator import Answer, Call, Emulator
from gateway.samples import Sample, samples
from gateway.transports.emulator import EmulatorBridge
from tests.emulator.calls import NOW, sample
from tests.harness.for_each import for_each
from tests.legs import Pieces


class Told(Emulator):
    """An emulator that keeps the calls, and answers what it is told."""

    def __init__(self, answer: Answer) -> None:
        self.calls: list[Call] = []
        self.answer = answer

    def handle(self, call: Call) -> Answer:
        self.calls.append(call)
        return self.answer


def bridge(emulator: Emulator, max_body: int = 100) -> EmulatorBridge:
    return EmulatorBridge(emulator, lambda: NOW, max_body)


ANSWER = Answer(200, "Fine", (("X-A", "1"), ("x-a", "2"), ("Connection", "X-Hop"), ("X-Hop", "1")), b"body")


async def test_a_request_becomes_a_call_and_the_answer_a_response() -> None:
    emulator = Told(ANSWER)
    request = Request("PUT", "/a%2Fb?x=+;", body=Pieces([b"ab", b"c"]), client="192.0.2.7")
    response = await bridge(emulator).send(request)
    assert emulator.calls == [Call("PUT", "/a%2Fb?x=+;", (), b"abc", NOW, "192.0.2.7")]
    assert (response.status, response.reason, response.body, response.source) == (200, "Fine", b"body", "emulator")
    assert list(response.headers.items()) == [("X-A", "1"), ("x-a", "2")]


@pytest.mark.parametrize("truncated", [False, True])
async def test_a_body_that_it_cannot_have_is_answered_by_the_gateway(*, truncated: bool) -> None:
    emulator, body = Told(ANSWER), Pieces([b"x" * 60] * (1 if truncated else 2), truncated)
    response = await bridge(emulator).send(Request("PUT", "/", body=body))
    assert (response.status, response.source, response.headers["X-Gateway-Error"]) == (
        (400, "gateway", "request_truncated") if truncated else (413, "gateway", "body_too_large")
    )
    assert emulator.calls == []
    assert body.closed


@for_each(("number", "known"), list(enumerate(samples(), 1)), ids=lambda value: str(getattr(value, "name", "")))
async def test_the_documented_requests_are_answered_as_documented(number: int, known: Sample) -> None:
    """Sample 5 is sample 1's request again: the second profile's answer. Sample 6 is broken JSON on its page."""
    send = bridge(Emulator()).send
    response = await send(replace(known.request, client="192.0.2.1"))
    if number == 5:
        response = await send(replace(known.request, client="192.0.2.1"))
    _, status, _, body = sample(number)
    assert response.status == status
    assert isinstance(response.body, bytes)
    if number != 6:
        assert response.body == b"" == body.strip().encode() or json.loads(response.body) == json.loads(body)

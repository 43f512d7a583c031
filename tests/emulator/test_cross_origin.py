"""An emulator that runs by itself lets pages read its answers, in the same words as a gateway before it."""

from __future__ import annotations

import pytest

from gateway.core.adobe import cross_origin
from gateway.core.model import Headers, Request, Response
from gateway.emulator import Answer, Call, Emulator
from gateway.emulator.app import Options
from gateway.emulator.cross_origin import permission, readable
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.sockets import Message, Wire

PAGE = "http://tv.example:3000"
ANSWER = (("Content-Type", "application/json"),)
THROTTLED = (("Access-Control-Allow-Headers", "Authorization"), ("Access-Control-Allow-Credentials", "true"))


@for_each(
    ("method", "origin", "headers"),
    [
        (method, origin, headers)
        for method in ("GET", "OPTIONS")
        for origin in (PAGE, "null", "", "a b", "caf\xe9")
        for headers in (ANSWER, THROTTLED)
    ],
)
def test_it_says_what_a_gateway_says(method: str, origin: str, headers: tuple[tuple[str, str], ...]) -> None:
    fields = (("Origin", origin),) if origin else ()
    call, asked = Call(method, "/x", fields), Request(method, "/x", Headers.of(fields))
    theirs = cross_origin.readable(asked, Response(200, "OK", Headers.of(headers)))
    assert sorted(readable(call, Answer(200, "OK", headers)).headers) == sorted(theirs.headers.items())
    ours, permitted = permission(call), cross_origin.permission(asked)
    assert ours.status == permitted.status
    assert sorted(ours.headers) == sorted(permitted.headers.items())


async def ask(lab: Lab, emulator: Emulator, head: str) -> Message:
    import asyncio  # noqa: PLC0415  # for one connection

    serving = await lab.emulator(emulator)
    wire = Wire(*await asyncio.open_connection("127.0.0.1", serving.port))
    answer = await wire.send(head.encode() + b"\r\n\r\n").message()
    wire.close()
    return answer


LINE = "GET /api/v2/REF30/profiles HTTP/1.1\r\nHost: x\r\nOrigin: http://tv.example:3000"
PREFLIGHT = LINE.replace("GET", "OPTIONS") + "\r\nAccess-Control-Request-Method: GET"


@pytest.mark.parametrize(("head", "status"), [(LINE, 401), (PREFLIGHT, 204)])
async def test_its_answers_are_readable_over_real_sockets(lab: Lab, head: str, status: int) -> None:
    answer = await ask(lab, Emulator(), head)
    assert answer.status == status
    assert answer.all(b"Access-Control-Allow-Origin") == [PAGE.encode()]


async def test_it_can_be_switched_off(lab: Lab) -> None:
    answer = await ask(lab, Emulator(Options(cors=False)), PREFLIGHT)
    assert answer.status in {404, 405, 501}
    assert b"access-control" not in answer.head.lower()
    assert b"access-control" not in (await ask(lab, Emulator(Options(cors=False)), LINE)).head.lower()

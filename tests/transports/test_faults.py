"""Faults around a `send`: which are done, in which order, and what reaches the upstream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.core.damage import Break, Damage
from gateway.core.fault import Fault
from gateway.core.fault_when import Calls, FaultWhen
from gateway.core.faults.connection_reset import ConnectionReset
from gateway.core.faults.delay import Delay, Fixed, Uniform
from gateway.core.faults.error import ApiErrorFault
from gateway.core.faults.slow_body import SlowBody
from gateway.core.faults.status import StatusFault
from gateway.core.model import Request, Response
from gateway.core.planned_fault import PlannedFault
from gateway.core.state import MemoryState
from gateway.transports.faults import Faults, GivenFault, unmet
from gateway.transports.waits import Waits
from tests.core.faults.calls import request

OK = Response(200, "OK", body=b"ok", source="upstream")
ALWAYS = FaultWhen()


class Upload:
    """A request's body that comes in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece

    async def aclose(self) -> None:
        self.closed = True


class Upstream:
    """Faults, and what reaches the upstream behind them."""

    def __init__(self, *faults: tuple[str, Fault, FaultWhen]) -> None:
        self.sent: list[Request] = []
        configured = [
            GivenFault(PlannedFault(name, fault, when, f"fault {number}", 0.0))
            for number, (name, fault, when) in enumerate(faults)
        ]
        self.faults = Faults(configured=configured)
        self.send = self.faults.around(self._send, MemoryState(), lambda: 0.0)

    async def _send(self, request: Request) -> Response:
        self.sent.append(request)
        return OK


async def test_an_answer_in_the_upstreams_place_is_a_faults_and_nothing_is_sent() -> None:
    upstream = Upstream(("status", StatusFault(503), ALWAYS))
    upload = Upload()
    answer = await upstream.send(request(method="POST", body=upload))  # type: ignore[arg-type]
    assert (answer.status, answer.source, upstream.sent, upload.closed) == (503, "fault", [], True)
    assert answer.damage == Damage(("status",), whole=False)
    assert (upstream.faults.configured[0].met, upstream.faults.configured[0].happened) == (1, 1)


async def test_what_happens_on_the_way_leaves_the_answer_the_upstreams() -> None:
    upstream = Upstream(("reset", ConnectionReset("head"), ALWAYS))
    answer = await upstream.send(request())
    assert (answer.status, answer.source, len(upstream.sent)) == (200, "upstream", 1)
    assert answer.damage == Damage(("reset",), whole=False, broken=Break("head", "reset"))


async def test_a_call_that_no_fault_is_for_passes_as_it_is() -> None:
    upstream = Upstream(("status", StatusFault(503), FaultWhen(device=("another",))))
    asked = request()
    assert await upstream.send(asked) is OK
    assert upstream.sent == [asked]
    assert upstream.sent[0] is asked
    assert upstream.faults.configured[0].met == 0


async def test_faults_happen_together_until_one_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def wait(_: Waits, seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(Waits, "wait", wait)
    upstream = Upstream(
        ("delay", Delay(Fixed(2.0)), ALWAYS),
        ("slow_body", SlowBody(100), ALWAYS),
        ("error", ApiErrorFault("invalid_integration"), ALWAYS),
        ("status", StatusFault(503), ALWAYS),
        ("delay", Delay(Fixed(5.0)), ALWAYS),
    )
    answer = await upstream.send(request())
    assert (answer.status, slept, upstream.sent) == (400, [2.0], [])
    assert answer.damage == Damage(("delay", "slow_body", "error"), pace=100.0)
    assert [one.happened for one in upstream.faults.configured] == [1, 1, 1, 0, 0]


async def test_every_fault_counts_every_call_that_it_is_for() -> None:
    """So which call is a device's second does not depend on what happened to its first."""
    upstream = Upstream(
        ("status", StatusFault(503), FaultWhen(nth=(Calls(1, 1),))),
        ("status", StatusFault(504), FaultWhen(nth=(Calls(2, 2),))),
    )
    assert [(await upstream.send(request())).status for _ in range(3)] == [503, 504, 200]


async def test_devices_that_run_beside_one_another_are_broken_as_if_alone() -> None:
    """Even where what happens to one takes its time."""
    when = FaultWhen(probability=0.4, seed="7")

    async def alone(upstream: Upstream, device: str) -> list[int]:
        return [(await upstream.send(request(device=device))).status for _ in range(20)]

    faults = (
        ("delay", Delay(Uniform(0.0, 0.001)), FaultWhen(probability=0.5)),
        ("status", StatusFault(503), when),
    )
    beside = Upstream(*faults)
    together = await asyncio.gather(*(alone(beside, device) for device in "abcd"))
    assert [await alone(Upstream(*faults), device) for device in "abcd"] == together
    assert len({tuple(statuses) for statuses in together}) == 4


async def test_a_fault_may_come_while_requests_do_and_goes_first() -> None:
    upstream = Upstream(("status", StatusFault(503), ALWAYS))
    assert (await upstream.send(request())).status == 503
    given = GivenFault(PlannedFault("status", StatusFault(504), ALWAYS, "given 0", 0.0))
    upstream.faults.given.append(given)
    assert unmet(upstream.faults.given) == ("any request, for the fault status",)
    assert (await upstream.send(request())).status == 504
    assert unmet(upstream.faults.given) == ()


async def test_a_body_that_a_fault_reads_still_reaches_the_upstream() -> None:
    """A fault that reads it does not always happen; a long one streams on."""
    denied = ApiErrorFault("authorization_denied_by_mvpd")
    upstream = Upstream(("error", denied, FaultWhen(nth=(Calls(2, 2),))))
    target = "/api/v2/REF30/decisions/authorize/Dish"
    pieces = (b'{"resources": ', b'["a"]}')
    await upstream.send(request(target, "POST", Upload(*pieces)))  # type: ignore[arg-type]
    assert upstream.sent[0].body == b"".join(pieces)
    answer = await upstream.send(request(target, "POST", Upload(*pieces)))  # type: ignore[arg-type]
    assert (answer.status, isinstance(answer.body, bytes) and b'"resource": "a"' in answer.body) == (200, True)
    long = Upload(b"x" * 70_000, b"y")
    await upstream.send(request(target, "POST", long))  # type: ignore[arg-type]
    assert [piece async for piece in upstream.sent[1].body] == [b"x" * 70_000, b"y"]  # type: ignore[union-attr]

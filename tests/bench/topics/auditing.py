"""Auditing: what the checks cost an exchange, of a device that was seen before and of a new one."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from pytest_benchmark.fixture import BenchmarkFixture

from gateway.auditing.auditor import Auditor
from gateway.auditing.live import LiveAudit
from gateway.core.audit import Audit, Judged
from gateway.core.checks import CHECKS
from gateway.core.devices import Devices
from gateway.core.memo import Memo
from gateway.core.model import Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import Policy
from gateway.core.state import MemoryState
from gateway.core.unseen import unseen_of
from tests.bench import traffic
from tests.bench.rows import Row, Time
from tests.bench.timing import each
from tests.harness.steps import at_once

ROWS: tuple[Row, ...] = (
    Time("audit of an exchange, device seen before", "audit_warm", at_most=10),
    Time("audit of an exchange, device never seen", "audit_cold", at_most=500),
    Time("audit as the server runs it (before, after), device seen before", "audit_live"),
    Time("audit as the server runs it, device and token never seen", "audit_live_new"),
    Time("audit as the server runs it, another target of a device seen before", "audit_live_target"),
    Time("audit as the server runs it, another User-Agent of a device seen before", "audit_live_agent"),
)
MOMENT = 1_724_090_000.0
"""A time within the six hours of the samples' token."""
CALLS = 10_000
CLAIMS = {"iss": "auth.adobe.com", "scopes": "api:client:v2", "nbf": 1_724_087_868, "exp": 1_724_109_468}
"""Those of the samples' token; each device has registered, and so is a client of its own."""


def judged(device: int, answer: Response, at: float) -> Judged:
    """Return what the server hands over of a documented logout of that device."""
    asked = traffic.request(0, device)
    header, _, signature = asked.headers["Authorization"].split(".")
    claims = base64.urlsafe_b64encode(json.dumps(CLAIMS | {"sub": f"client of device {device}"}).encode()).decode()
    token = f"{header}.{claims.rstrip('=')}.{signature}"
    asked = replace(asked, headers=asked.headers.with_("Authorization", token))
    address = f"93.184.{device // 250 % 250}.{device % 250}"
    return Judged(asked, answer, client=address, at=at, device="x", inbound=True, origin=traffic.ORIGIN)


def auditor() -> Auditor:
    made = Auditor(Audit(CHECKS))
    for number in range(500):  # as it is after a while: many devices, their slices
        made.judge(judged(number + 1_000_000, traffic.response(), MOMENT + number))
    return made


def bench_audit_warm(benchmark: BenchmarkFixture) -> None:
    benchmark(on_and_on(auditor()))


def on_and_on(made: Auditor) -> Callable[[], object]:
    """Return what judges calls of twenty devices in turn, a second apart each, for some hours."""
    answer, numbers = traffic.response(), traffic.numbers()
    calls = [judged(number % traffic.DEVICES + 1, answer, MOMENT + number) for number in range(CALLS)]
    for call in calls:
        made.judge(call)
    return lambda: made.judge(calls[next(numbers) % CALLS])


def bench_audit_cold(benchmark: BenchmarkFixture) -> None:
    made, numbers = auditor(), traffic.numbers()

    def another() -> tuple[object, ...]:
        number = next(numbers)
        return (judged(number + 1, traffic.response(), MOMENT + number),)

    each(benchmark, made.judge, made=another, rounds=1000)


def bench_audit_live(benchmark: BenchmarkFixture) -> None:
    received, audited = served()
    call = judged(1, traffic.response(), MOMENT)
    benchmark(lambda: audited(received(call.request, call.client)))


def bench_audit_live_new(benchmark: BenchmarkFixture) -> None:
    of_newcomers(benchmark, lambda number: judged(number + 20, traffic.response(), MOMENT))


def bench_audit_live_target(benchmark: BenchmarkFixture) -> None:
    def another(number: int) -> Judged:
        call = judged(number % 20, traffic.response(), MOMENT)
        target = call.request.target.replace("Cablevision", f"Mvpd{number:06}")
        return replace(call, request=replace(call.request, target=target))

    of_newcomers(benchmark, another)


def bench_audit_live_agent(benchmark: BenchmarkFixture) -> None:
    def another(number: int) -> Judged:
        call = judged(number % 20, traffic.response(), MOMENT)
        fields = call.request.headers.with_("User-Agent", f"tv-app/{number} (tvOS 17.4)")
        return replace(call, request=replace(call.request, headers=fields))

    of_newcomers(benchmark, another)


def of_newcomers(benchmark: BenchmarkFixture, another: Callable[[int], Judged]) -> None:
    """Time calls that nobody has sent before."""
    received, audited = served()
    numbers = traffic.numbers()

    def made() -> tuple[object, ...]:
        call = another(next(numbers))
        request = received(call.request, call.client)
        return (replace(request, memo=Memo(request.method, request.target, request.headers)),)

    for _ in range(200):  # what calls are like was met
        audited(*made())  # type: ignore[arg-type]  # it is a request
    each(benchmark, audited, made=made, rounds=1000)


def served() -> tuple[Callable[[Request, str], Request], Callable[[Request], None]]:
    """Return what finds the device of a request, and what has the request audited as the server does."""
    numbers = traffic.numbers()
    live = LiveAudit(
        Auditor(Audit(CHECKS), clock=lambda: MOMENT + next(numbers) % 10_000),
        origins=lambda _: traffic.ORIGIN,
        redaction=Redaction(bytes(32)),
        failed=lambda error: pytest.fail(str(error)),
        unseen=unseen_of(CHECKS, Policy()),
        records=True,
    )
    devices, answer = Devices(bytes(32), MemoryState()), traffic.response()

    def received(asked: Request, client: str) -> Request:
        return replace(asked, client=client, device=devices.of(asked, client))

    def audited(asked: Request) -> None:
        before = at_once(live.before(asked)).findings
        at_once(live.after(asked, answer, before=before))

    return received, audited

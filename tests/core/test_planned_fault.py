"""Which calls of which device a fault happens to, whatever runs beside them."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.adobe.routes import RoutePattern
from gateway.core.fault import Fault
from gateway.core.fault_when import Calls, FaultWhen, Schedule
from gateway.core.faults import FAULTS
from gateway.core.faults.connection_reset import ConnectionReset
from gateway.core.faults.delay import Uniform
from gateway.core.faults.expired_token import ExpiredToken
from gateway.core.faults.throttle import Throttle
from gateway.core.model import Request
from gateway.core.planned_fault import PlannedFault
from gateway.core.state import MemoryState
from tests.core.faults.calls import Plan, request

RESET = ConnectionReset()
LIKELY = FaultWhen(probability=0.3, seed="7")


async def test_calls_are_counted_for_each_device_alone() -> None:
    plan = Plan(RESET, FaultWhen(nth=(Calls(2, 2),)))
    struck = [
        (number, device)
        for number in range(1, 4)
        for device in ("a", "b")
        if await plan.at(request(device=device)) is not None
    ]
    assert struck == [(2, "a"), (2, "b")]


async def test_only_calls_that_it_is_for_are_counted() -> None:
    profiles = RoutePattern.parse("GET /api/v2/{sp}/profiles")
    plan = Plan(RESET, FaultWhen(route=(profiles,), nth=(Calls(2, 2),)))
    targets = [
        "/api/v2/REF30/profiles",
        "/api/v2/REF30/logout/Dish",
        "/api/v2/REF30/profiles",
        "/api/v2/REF30/profiles",
    ]
    assert [await plan.at(request(target)) is not None for target in targets] == [False, False, True, False]


async def test_it_happens_so_often_to_each_device_at_most() -> None:
    plan = Plan(RESET, FaultWhen(times=2))
    assert await plan.hits(5, request(device="a")) == [1, 2]
    assert await plan.hits(5, request(device="b")) == [1, 2]


async def test_times_count_what_happened_and_not_what_might_have() -> None:
    hits = await Plan(RESET, LIKELY).hits(40)
    assert await Plan(RESET, FaultWhen(probability=0.3, seed="7", times=3)).hits(40) == hits[:3]


async def test_it_happens_within_its_schedule() -> None:
    plan = Plan(RESET, FaultWhen(schedule=Schedule(after=10, lasts=5)))
    assert [now for now in range(0, 30, 3) if await plan.at(request(), now) is not None] == [12]


async def test_the_same_seed_breaks_the_same_calls_whatever_runs_beside_them() -> None:
    """In another run (other keys of devices), among other devices, in another order, and at another time."""
    alone = {device: await Plan(RESET, LIKELY).hits(30, request(device=device)) for device in ("a", "b", "c")}
    assert len({tuple(hits) for hits in alone.values()}) == 3
    chance = random.Random(1)  # noqa: S311  # an order
    plan, left = Plan(RESET, LIKELY), [device for device in ("a", "b", "c", "d") for _ in range(30)]
    chance.shuffle(left)
    beside: dict[str, list[int]] = {}
    numbers = dict.fromkeys("abcd", 0)
    for device in left:
        numbers[device] += 1
        call = request(device=device, key=f"another key of {device}")
        if await plan.at(call, chance.random()) is not None:
            beside.setdefault(device, []).append(numbers[device])
    assert {device: beside[device] for device in alone} == alone


async def test_another_seed_breaks_other_calls_and_each_fault_of_a_list_has_its_own() -> None:
    other = FaultWhen(probability=0.3, seed="8")
    assert await Plan(RESET, LIKELY).hits(30) != await Plan(RESET, other).hits(30)
    unseeded = FaultWhen(probability=0.3)
    assert await Plan(RESET, unseeded).hits(30) != await Plan(RESET, unseeded, key="fault 1").hits(30)
    assert await Plan(RESET, unseeded).hits(30) == await Plan(RESET, unseeded).hits(30)


async def test_a_call_without_an_identifier_is_drawn_for_as_the_device_that_it_is_known_to_be() -> None:
    """Such as `sessions/{code}`: the code says whose it is, so that the key is the device's."""
    state = MemoryState()
    plan = PlannedFault("reset", RESET, LIKELY, "fault 0", 0.0)
    first = await plan.occasion(request(device="tv-1", key="k"), state, 0.0)
    later = await plan.occasion(request(device="", key="k"), state, 0.0)
    assert (later.mark, later.nth) == (first.mark, 2)


REQUESTS = st.builds(
    lambda target, method, authorization, forwarded, body: request(
        f"/{target}", method, body, Authorization=authorization, X_Forwarded_For=forwarded
    ),
    st.one_of(st.text(st.characters(max_codepoint=255)), st.sampled_from(["api/v2/%zz", "api/v1/x", "o/client/token", "api/v2/A/decisions/authorize/B"])),
    st.sampled_from(["GET", "POST", "x"]),
    st.one_of(st.just("Bearer x"), st.text(st.characters(max_codepoint=255))),
    st.text(st.characters(max_codepoint=255)),
    st.binary(),
)  # fmt: skip
MADE: list[Fault] = [
    FAULTS["error"]("authorization_denied_by_mvpd"),
    FAULTS["status"](503),
    FAULTS["delay"](Uniform(0.0, 1.0)),
    FAULTS["slow_body"](1),
    ExpiredToken(calls=0),
    Throttle(capacity=0.5),
    *(FAULTS[name]() for name in ("truncated_body", "reset", "empty_response", "no_response", "malformed_chunk")),
]


@given(REQUESTS)
async def test_bytes_of_a_wire_never_raise(call: Request) -> None:
    assert {type(fault) for fault in MADE} == {*FAULTS.values()}
    for fault in MADE:
        effect = await Plan(fault).at(call)
        assert effect is None or effect.damage("it").faults == ("it",)


def test_it_is_named_by_its_routes() -> None:
    route = RoutePattern.parse("GET /x")
    planned = PlannedFault("reset", RESET, FaultWhen(route=(route,)), "fault 0", 0.0)
    assert str(planned) == "GET /x, for the fault reset"

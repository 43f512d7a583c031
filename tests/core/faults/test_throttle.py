"""Adobe's bucket."""

from __future__ import annotations

from gateway.core.faults.throttle import Throttle
from tests.core.faults.calls import Plan, request

EXAMPLE = {
    0: True, 0.3: True, 0.6: True, 0.9: True, 1.2: True, 1.3: True, 1.4: True, 1.5: True, 1.6: True, 1.7: True, 1.8: True, 2.1: True,
    2.2: True, 2.4: False, 2.6: False, 2.8: False, 3.1: True,
}  # fmt: skip
"""The throttling page's worked example: when the calls come, in seconds, and which are let through."""


async def test_the_documented_example_comes_out() -> None:
    plan = Plan(Throttle())
    assert {at: await plan.at(request(X_Forwarded_For="203.0.113.7"), at) is None for at in EXAMPLE} == EXAMPLE


async def test_addresses_have_buckets_of_their_own_whichever_device_asks() -> None:
    plan = Plan(Throttle(capacity=2))
    calls = [("a", "203.0.113.7"), ("b", "203.0.113.7"), ("a", "203.0.113.7"), ("a", "203.0.113.8")]
    passed = [await plan.at(request(device=device, X_Forwarded_For=address)) is None for device, address in calls]
    assert passed == [True, True, False, True]


async def test_without_the_field_the_device_has_the_bucket_of_its_address() -> None:
    plan = Plan(Throttle(capacity=1))
    assert [await plan.at(request()) is None for _ in range(2)] == [True, False]


async def test_a_call_that_is_refused_costs_nothing() -> None:
    plan = Plan(Throttle(capacity=1))
    assert [await plan.at(request(), at) is None for at in (0, 0.4, 0.8, 1.0)] == [True, False, False, True]


async def test_only_documented_paths_are_throttled() -> None:
    plan = Plan(Throttle(capacity=1))
    assert await plan.hits(3, request("/adobe-services/logout", method="GET")) == []
    assert await plan.hits(3, request("/o/client/token", method="POST")) == [2, 3]


async def test_the_answer_is_html_without_retry_after() -> None:
    plan = Plan(Throttle(capacity=1))
    await plan.at(request())
    effect = await plan.at(request())
    assert effect is not None
    assert effect.answer is not None
    assert (effect.answer.status, effect.answer.headers["Content-Type"]) == (429, "text/html")
    assert "Retry-After" not in effect.answer.headers

"""Slow bodies."""

from gateway.core.fault import Effect
from gateway.core.faults.slow_body import SlowBody
from tests.core.faults.calls import Plan, request


async def test_the_request_is_sent_and_the_answer_has_a_pace() -> None:
    assert await Plan(SlowBody(100)).at(request()) == Effect(pace=100.0)

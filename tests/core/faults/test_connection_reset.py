"""Resets."""

from gateway.core.damage import Break
from gateway.core.fault import Effect, unanswered
from gateway.core.faults.connection_reset import ConnectionReset
from tests.core.faults.calls import Plan, request


async def test_before_the_head_the_request_is_not_sent_unless_its_answer_is_to_be_lost() -> None:
    reset = Break("start", "reset")
    assert await Plan(ConnectionReset()).at(request()) == Effect(unanswered(502), broken=reset, whole=False)
    assert await Plan(ConnectionReset(sent=True)).at(request()) == Effect(broken=reset, whole=False)


async def test_in_the_head_or_the_body_it_is() -> None:
    assert await Plan(ConnectionReset("head")).at(request()) == Effect(broken=Break("head", "reset"), whole=False)
    assert await Plan(ConnectionReset("body")).at(request()) == Effect(broken=Break("body", "reset"), whole=False)

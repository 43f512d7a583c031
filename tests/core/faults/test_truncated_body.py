"""Bodies that are cut off."""

from gateway.core.damage import Break
from gateway.core.fault import Effect
from gateway.core.faults.truncated_body import TruncatedBody
from tests.core.faults.calls import Plan, request


async def test_the_request_is_sent_and_the_answers_body_is_cut_off() -> None:
    assert await Plan(TruncatedBody(20)).at(request()) == Effect(broken=Break("body", "close", 20), whole=False)
    assert await Plan(TruncatedBody()).at(request()) == Effect(broken=Break("body", "close"), whole=False)

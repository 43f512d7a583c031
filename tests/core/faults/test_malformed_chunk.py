"""Malformed chunks."""

from gateway.core.damage import Break
from gateway.core.fault import Effect
from gateway.core.faults.malformed_chunk import MalformedChunk
from tests.core.faults.calls import Plan, request


async def test_the_request_is_sent_and_garbage_follows_half_of_its_answer() -> None:
    garbage = Break("body", "close", garbage=True)
    assert await Plan(MalformedChunk()).at(request()) == Effect(broken=garbage, whole=False)

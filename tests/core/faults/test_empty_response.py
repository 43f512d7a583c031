"""Empty answers."""

from gateway.core.damage import Break
from gateway.core.fault import Effect, unanswered
from gateway.core.faults.empty_response import EmptyResponse
from tests.core.faults.calls import Plan, request


async def test_the_connection_is_closed_and_the_request_is_not_sent_unless_its_answer_is_to_be_lost() -> None:
    closed = Break("start", "close")
    assert await Plan(EmptyResponse()).at(request()) == Effect(unanswered(502), broken=closed, whole=False)
    assert await Plan(EmptyResponse(sent=True)).at(request()) == Effect(broken=closed, whole=False)

"""No answer."""

from gateway.core.fault import Effect, unanswered
from gateway.core.faults.no_response import NoResponse
from tests.core.faults.calls import Plan, request


async def test_nothing_is_written_and_the_request_is_not_sent_unless_its_answer_is_to_be_lost() -> None:
    assert await Plan(NoResponse(9.0)).at(request()) == Effect(unanswered(504), silence=9.0, whole=False)
    assert await Plan(NoResponse(sent=True)).at(request()) == Effect(silence=300.0, whole=False)

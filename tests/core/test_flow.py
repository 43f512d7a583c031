"""Rules are conversations; chained, the first one's requests pass through the second."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from gateway.core.flow import chain
from gateway.core.model import Flow, Request, Response


@dataclass(frozen=True)
class Marks:
    """Adds a mark to what it sends, and to what it answers."""

    mark: str
    needs_request_body: bool = False
    needs_answer_body: bool = False
    needs_credentials: bool = False

    def concerns(self, _: Request) -> bool:
        return True

    def __call__(self, request: Request) -> Flow:
        answer = yield replace(request, target=request.target + self.mark)
        return replace(answer, reason=answer.reason + self.mark)


class Twice:
    """Sends two requests and answers with the second's status."""

    needs_request_body = False
    needs_answer_body = False
    needs_credentials = False

    def concerns(self, _: Request) -> bool:
        return True

    def __call__(self, request: Request) -> Flow:
        yield replace(request, target=request.target + "1")
        return (yield replace(request, target=request.target + "2"))


class Refuses:
    """Answers at once."""

    needs_request_body = False
    needs_answer_body = False
    needs_credentials = False

    def concerns(self, _: Request) -> bool:
        return True

    def __call__(self, request: Request) -> Flow:
        if request.target:
            return Response(403)
        return (yield request)


def converse(flow: Flow) -> tuple[list[str], Response]:
    sent: list[str] = []
    try:
        request = next(flow)
        while True:
            sent.append(request.target)
            request = flow.send(Response(200 + len(sent)))
    except StopIteration as end:
        reply: Response = end.value
    return sent, reply


def test_without_rules_a_request_is_sent_and_its_answer_returned() -> None:
    assert converse(chain((), Request("GET", "/"))) == (["/"], Response(201))


def test_rules_apply_in_order_on_the_way_out_and_in_reverse_on_the_way_back() -> None:
    sent, reply = converse(chain((Marks("a"), Marks("b")), Request("GET", "/")))
    assert (sent, reply.reason) == (["/ab"], "ba")


def test_each_request_of_a_rule_passes_through_the_rules_behind_it() -> None:
    sent, reply = converse(chain((Twice(), Marks("x")), Request("GET", "/")))
    assert (sent, reply.status, reply.reason) == (["/1x", "/2x"], 202, "x")


def test_a_rule_may_answer_without_sending() -> None:
    sent, reply = converse(chain((Marks("a"), Refuses(), Marks("b")), Request("GET", "/")))
    assert (sent, reply.status) == ([], 403)

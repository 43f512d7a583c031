"""A header field is removed on the way out, or on the way back."""

from __future__ import annotations

from gateway.core.model import Headers, Response
from gateway.core.rules.remove_header import RemoveHeader
from gateway.core.when import HeaderWhen
from tests.conversation import conversation, request

ASKED = request("GET", "/x", X_Debug="1", Accept="*/*", x_debug="2")


def test_no_line_of_that_name_is_left_in_a_request() -> None:
    talk = conversation(RemoveHeader("X-DEBUG"), ASKED)
    sent = talk.sends("GET", "/x", answer=Response(200, headers=Headers.of({"X-Debug": "1"})))
    assert list(sent.headers.items()) == [("Accept", "*/*")]
    talk.replies(200, X_Debug="1")


def test_no_line_of_that_name_is_left_in_an_answer() -> None:
    talk = conversation(RemoveHeader("x-debug", scope="response"), ASKED)
    assert talk.sends("GET", "/x", answer=Response(200, headers=Headers.of({"X-Debug": "1", "Date": "now"}))) == ASKED
    assert list(talk.replies(200).headers.items()) == [("Date", "now")]


def test_what_the_rule_is_not_meant_for_stays() -> None:
    for scope in ("request", "response"):
        rule = RemoveHeader("X-Debug", "response" if scope == "response" else "request", HeaderWhen(device=("other",)))
        talk = conversation(rule, ASKED)
        answer = Response(200, headers=Headers.of({"X-Debug": "1"}))
        assert talk.sends("GET", "/x", answer=answer) == ASKED
        assert talk.replies(200) == answer

"""A header field is set on the way out, or on the way back."""

from __future__ import annotations

from gateway.core.adobe.routes import RoutePattern
from gateway.core.model import Headers, Response
from gateway.core.rules.set_header import SetHeader
from gateway.core.when import HeaderWhen
from tests.conversation import conversation, request
from tests.harness.for_each import for_each

ASKED = request(
    "GET", "/api/v2/REF30/logout/Dish?redirectUrl=x", X_Lab="old", Accept="*/*", AP_Device_Identifier="fingerprint YWJj"
)


def test_a_request_field_is_set_in_its_place() -> None:
    talk = conversation(SetHeader("x-lab", "rack-7"), ASKED)
    sent = talk.sends("GET", ASKED.target, answer=Response(200))
    assert list(sent.headers.items())[:2] == [("X-Lab", "rack-7"), ("Accept", "*/*")]
    assert talk.replies(200).headers == Headers()


def test_a_response_field_is_set_at_the_end_where_it_was_absent() -> None:
    talk = conversation(SetHeader("X-Lab", "rack-7", scope="response"), ASKED)
    assert talk.sends("GET", ASKED.target, answer=Response(200, headers=Headers.of({"Date": "now"}))) == ASKED
    assert list(talk.replies(200).headers.items()) == [("Date", "now"), ("X-Lab", "rack-7")]


@for_each(
    ("when", "is_set"),
    [
        (HeaderWhen(), True),
        (HeaderWhen(route=(RoutePattern.parse("GET /api/v2/{sp}/logout/{mvpd}"),)), True),
        (HeaderWhen(route=(RoutePattern.parse("DELETE /api/v1/logout"), RoutePattern.parse("GET /api/v2/{sp}/logout/Dish"))), True),
        (HeaderWhen(route=(RoutePattern.parse("DELETE /api/v1/logout"),)), False),
        (HeaderWhen(device=("abc",)), True),
        (HeaderWhen(device=("198.51.100.7",)), True),
        (HeaderWhen(device=("other",)), False),
        (HeaderWhen(route=(RoutePattern.parse("GET /api/v2/{sp}/logout/{mvpd}"),), device=("other",)), False),
    ],
)  # fmt: skip
@for_each("scope", ["request", "response"])
def test_a_rule_may_be_for_some_routes_and_devices(scope: str, when: HeaderWhen, *, is_set: bool) -> None:
    rule = SetHeader("X-Lab", "new", scope="response" if scope == "response" else "request", when=when)
    talk = conversation(rule, ASKED)
    sent = talk.sends("GET", ASKED.target, answer=Response(200))
    found = sent.headers if scope == "request" else talk.replies(200).headers
    assert (found.get("X-Lab") == "new") is is_set
    assert rule.concerns(ASKED) is is_set

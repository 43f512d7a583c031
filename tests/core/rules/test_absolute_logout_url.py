"""A root-relative `url` belongs to a host that the API does not name; with this rule the configuration does."""

from __future__ import annotations

import gzip

import pytest
from msgspec.structs import replace

from gateway.core.flow import chain
from gateway.core.model import Headers, Response
from gateway.core.rules.absolute_logout_url import AbsoluteLogoutUrl
from gateway.core.rules.v1_logout import V1Logout
from tests.conversation import Conversation, answered, conversation, delete, logged_out, profiles, request, said
from tests.harness.for_each import for_each

RULE = AbsoluteLogoutUrl("sp.auth.adobe.com")
LOGOUT = request("GET", "/api/v2/REF30/logout/Dish?redirectUrl=x")


@for_each(
    ("url", "absolute"),
    [
        ("/adobe-services/logout?a=b&c=%2F", "https://sp.auth.adobe.com/adobe-services/logout?a=b&c=%2F"),
        ("/é", "https://sp.auth.adobe.com/é"),
        ("https://other.example/x", "https://other.example/x"),
        ("//other.example/x", "//other.example/x"),  # this names a host (RFC 3986 section 4.2)
        ("/\\other.example/x", "/\\other.example/x"),  # browsers take this for one that does
        ("relative", "relative"),
        ("", ""),
    ],
)
def test_a_root_relative_url_becomes_absolute(url: str, absolute: str) -> None:
    talk = conversation(RULE, LOGOUT)
    talk.sends("GET", LOGOUT.target, answer=logged_out("Dish", "logout", url))
    logouts = said(talk.replies(200))["logouts"]
    assert logouts == {"Dish": {"actionName": "logout", "actionType": "interactive", "mvpd": "Dish", "url": absolute}}


def test_every_other_byte_stays() -> None:
    """Sample 6 is no JSON at all, and other members are none of ours."""
    body = b'{\n "logouts": { "A": { "mvpd": "A", "url" : "/a", "n": 1.00 }, },\n "url": "/b", "x": {"url": "/c"} }'
    talk = conversation(RULE, LOGOUT)
    talk.sends("GET", LOGOUT.target, answer=Response(200, "", Headers.of({"Content-Length": str(len(body))}), body))
    expected = body.replace(b'"/a"', b'"https://sp.auth.adobe.com/a"')
    assert talk.replies(200, Content_Length=str(len(expected))).body == expected


def test_a_compressed_answer_is_unpacked_when_it_changes() -> None:
    answer = logged_out("Dish", "logout", "/a")
    assert isinstance(answer.body, bytes)
    packed = replace(answer, headers=answer.headers.with_("Content-Encoding", "gzip"), body=gzip.compress(answer.body))
    talk = conversation(RULE, LOGOUT)
    talk.sends("GET", LOGOUT.target, answer=packed)
    reply = talk.replies(200)
    assert "Content-Encoding" not in reply.headers
    assert "https://sp.auth.adobe.com/a" in str(said(reply))


@pytest.mark.parametrize(
    "answer",
    [
        answered({"logouts": {"A": {"url": 1}}}),
        answered({"code": "x"}, 400),
        Response(200, "", Headers.of({"Content-Encoding": "br"}), b"no brotli"),
        Response(200, "", Headers(), b"\xff\xfe"),
        Response(204),
    ],
)
def test_an_answer_without_such_a_url_stays_as_it_is(answer: Response) -> None:
    talk = conversation(RULE, LOGOUT)
    talk.sends("GET", LOGOUT.target, answer=answer)
    assert talk.replies(answer.status) is answer


def test_other_routes_are_left_alone() -> None:
    asked = request("GET", "/api/v2/REF30/profiles")
    answer = answered({"logouts": {"A": {"url": "/a"}}})
    talk = conversation(RULE, asked)
    assert talk.sends("GET", asked.target, answer=answer) == asked
    assert talk.replies(200) is answer
    assert not RULE.concerns(asked)


def test_a_v1_app_gets_the_absolute_url_too() -> None:
    """The rule that stands below sees the requests of the one above, and knows the host better than that one's guess."""
    rules = (V1Logout("https://example.com/bye", v1="never"), AbsoluteLogoutUrl("pages.example:8443"))
    talk = Conversation(chain(rules, delete("/api/v1/logout?requestor=REF30&deviceId=abc")))
    talk.sends("GET", "/api/v2/REF30/profiles", answer=profiles("Dish"))
    target = "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fexample.com%2Fbye"
    talk.sends("GET", target, answer=logged_out("Dish", "logout", "/adobe-services/logout"))
    talk.replies(204, X_Gateway_Logout_Url="https://pages.example:8443/adobe-services/logout")

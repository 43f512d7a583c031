"""A page may read an answer that has the documented 429's fields, and its own origin by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.adobe.cross_origin import is_preflight, permission, readable
from gateway.core.model import Headers, Request, Response
from gateway.wire.http1 import response_head
from tests.conversation import request
from tests.harness.for_each import for_each

PAGE = "http://tv.example:3000"
ANSWER = Response(200, "OK", Headers.of({"Content-Type": "application/json"}), b"{}", "cassette")


def fields(answer: Response) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def test_an_answer_has_the_fields_of_the_documented_429() -> None:
    """The lists of the throttling page come first; credentials are allowed, which takes an origin by its name."""
    found = readable(request("GET", "/", Origin=PAGE), ANSWER)
    said = fields(found)
    assert (found.status, found.body, said["content-type"]) == (200, b"{}", "application/json")
    assert said["access-control-allow-origin"] == PAGE
    assert said["access-control-allow-credentials"] == "true"
    assert said["access-control-allow-methods"] == "POST,GET,OPTIONS,DELETE"
    documented = "Authorization, AP-Device-Identifier, AP-Session-Identifier, AP-SDK-Identifier, pass_sfp"
    assert said["access-control-allow-headers"].startswith(documented)
    assert "X-Device-Info" in said["access-control-allow-headers"].split(", ")
    exposed = "pass_sfp, Authzf-Error-Code, Authzf-Sub-Error-Code, Authzf-Error-Details"
    assert said["access-control-expose-headers"].startswith(exposed)
    assert "X-Gateway-Logout-Url" in said["access-control-expose-headers"]
    assert said["vary"] == "Origin"


@for_each(
    ("origin", "named"),
    [
        ("http://tv.example:3000", True),
        ("null", True),
        ("file://", True),
        ("app://com.example.tv", True),
        ("", False),
        ("a b", False),
        ("caf\xe9", False),
        ("x" * 513, False),
    ],
)
def test_an_origin_is_named_as_it_came_or_nothing_is_allowed(origin: str, *, named: bool) -> None:
    found = readable(request("GET", "/", Origin=origin), ANSWER)
    assert found.headers.getall("Access-Control-Allow-Origin") == ([origin] if named else [])
    assert named or found is ANSWER


def test_an_answer_to_who_names_no_origin_stays_as_it_is() -> None:
    assert readable(request("GET", "/"), ANSWER) is ANSWER


def test_what_an_answer_says_itself_stays_but_for_the_origin() -> None:
    """A recording has the origin of the page that was recorded."""
    own = {
        "Access-Control-Allow-Origin": "https://old.example",
        "access-control-allow-headers": "Authorization",
        "Vary": "Accept-Encoding, origin",
    }
    said = fields(readable(request("GET", "/", Origin=PAGE), Response(200, "", Headers.of(own))))
    assert said["access-control-allow-origin"] == PAGE
    assert said["access-control-allow-headers"] == "Authorization"
    assert said["access-control-allow-credentials"] == "true"
    assert said["vary"] == "Accept-Encoding, origin"


@pytest.mark.parametrize("origin", [PAGE, ""])
def test_options_is_answered(origin: str) -> None:
    asked = request("OPTIONS", "/api/v2/REF30/profiles", **({"Origin": origin} if origin else {}))
    found = permission(asked)
    assert (found.status, found.body, found.source) == (204, b"", "gateway")
    assert fields(found)["access-control-allow-methods"] == "POST,GET,OPTIONS,DELETE"
    assert found.headers.getall("Access-Control-Allow-Origin") == ([origin] if origin else [])
    assert readable(asked, found) == found


@for_each(
    ("asked", "preflight"),
    [
        (request("OPTIONS", "/", Access_Control_Request_Method="GET"), True),
        (request("OPTIONS", "/"), False),
        (request("GET", "/", Access_Control_Request_Method="GET"), False),
        (request("DELETE", "/"), False),
        (request("HEAD", "/"), False),
        (request("OPTIONS", "/", Origin=PAGE), False),
    ],
)
def test_a_preflight_asks_for_a_method(asked: Request, *, preflight: bool) -> None:
    assert is_preflight(asked) is preflight


@given(origin=st.text(st.characters(max_codepoint=0xFF), max_size=60), method=st.sampled_from(["GET", "OPTIONS"]))
def test_whatever_an_origin_is_the_answer_can_be_written(origin: str, method: str) -> None:
    asked = Request(method, "/", Headers.of({"Origin": origin}))
    found = readable(asked, ANSWER)
    response_head(found.status, found.reason, found.headers.raw)
    assert len(found.headers.getall("Access-Control-Allow-Origin")) <= 1

"""What counts as drift between a recorded answer and a live one, and what does not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.drift import drifts, says_logged_out
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import Policy
from tests.harness.for_each import for_each

RECORDING, TODAY = Redaction(b"k" * 32), Redaction(b"t" * 32)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSIsImV4cCI6MX0.c2lnbmF0dXJlLXRoYXQtaXMtbm9uZQ"
OTHER_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ5b3UiLCJleHAiOjJ9.YW5vdGhlci1zaWduYXR1cmUtb2Ytbm9uZQ"
LOGOUT = {"actionName": "logout", "actionType": "interactive", "mvpd": "Dish", "url": "https://sp.auth.adobe.com/x?y=1"}
NOT_AT_ALL: list[str] = []


def answer(body: object = None, status: int = 200, **fields: str) -> Response:
    """Return an answer: JSON unless `body` is bytes; `_` in the name of a field is a hyphen."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if body is not None else {}
    headers |= {name.replace("_", "-"): value for name, value in fields.items()}
    return Response(status, "", Headers.of(headers), content, "upstream")


def html(body: bytes) -> Response:
    return answer(body, Content_Type="text/html")


def found(recorded: Response, live: Response) -> list[str]:
    """Return the drift between an answer that was recorded under one key and one that is redacted under another."""
    request = Request("GET", "/")
    return [
        str(drift)
        for drift in drifts(RECORDING.redacted(request, recorded)[1], TODAY.redacted(request, live)[1], Policy())
    ]


@for_each(
    ("recorded", "live", "expected"),
    [
        pytest.param(answer({}), answer({}), NOT_AT_ALL, id="nothing"),
        pytest.param(answer({}), answer({}, 201), ["status: recorded 200, live 201"], id="status"),
        pytest.param(
            answer({"logouts": {"Dish": LOGOUT}}),
            answer({"logouts": {"Dish": {**LOGOUT, "actionName": "gone"}}}),
            ['$.logouts.Dish.actionName: recorded "logout", live "gone"'],
            id="a value that an app acts on",
        ),
        pytest.param(
            answer({"logouts": {"Dish": LOGOUT}}),
            answer({"logouts": {}}),
            ["$.logouts.Dish: recorded an object, live absent"],
            id="a member is gone",
        ),
        pytest.param(
            answer({"a": 1}),
            answer({"a": 1, "b c": [1]}),
            ['$["b c"]: recorded absent, live an array'],
            id="a new member",
        ),
        pytest.param(answer({"a": 1}), answer({"a": "1"}), ['$.a: recorded 1, live "1"'], id="another type"),
        pytest.param(answer({"a": True}), answer({"a": 1}), ["$.a: recorded true, live 1"], id="a truth is no number"),
        pytest.param(answer({"a": None}), answer({"a": {}}), ["$.a: recorded null, live {}"], id="null is no object"),
        pytest.param(answer({"a": 1.0}), answer({"a": 1}), NOT_AT_ALL, id="JSON has one type of number"),
        pytest.param(
            answer({"a": [1, 2]}),
            answer({"a": [3]}),
            ["$.a: recorded 2 elements, live 1 elements", "$.a[0]: recorded 1, live 3"],
            id="elements",
        ),
        pytest.param(
            answer({"trace": "0a0b0c0d-1111-4222-8333-444455556666"}),
            answer({"trace": "9a0b0c0d-1111-4222-8333-444455556667"}),
            NOT_AT_ALL,
            id="trace is another one each time",
        ),
        pytest.param(
            answer({"trace": "0a0b0c0d-1111-4222-8333-444455556666"}),
            answer({"trace": "id 7"}),
            ["$.trace: recorded a UUID, live a text"],
            id="but stays a UUID",
        ),
        pytest.param(
            answer({"trace": "0a0b0c0d-1111-4222-8333-444455556666"}),
            answer({"trace": 7}),
            ['$.trace: recorded "0a0b0c0d-1111-4222-8333-444455556666", live 7'],
            id="and a string",
        ),
        pytest.param(
            answer({"notBefore": 1724087868123, "when": "2024-08-19T17:17:48Z", "n": 1724087868}),
            answer({"notBefore": 1724087869999, "when": "2026-11-22T06:00:00.120Z", "n": 1800000000}),
            NOT_AT_ALL,
            id="times",
        ),
        pytest.param(
            answer({"notBefore": 1724087868123}),
            answer({"notBefore": "1724087868123"}),
            ['$.notBefore: recorded 1724087868123, live "1724087868123"'],
            id="a time keeps its type",
        ),
        pytest.param(
            answer({"ref": "0a0b0c0d-1111-4222-8333-444455556666"}),
            answer({"ref": "9a0b0c0d-1111-4222-8333-444455556667"}),
            NOT_AT_ALL,
            id="an id that is a UUID",
        ),
        pytest.param(answer({"count": 3}), answer({"count": 4}), ["$.count: recorded 3, live 4"], id="a number"),
        pytest.param(answer({"access_token": JWT}), answer({"access_token": OTHER_JWT}), NOT_AT_ALL, id="a token"),
        pytest.param(
            answer({"access_token": JWT}),
            answer({"access_token": "2YotnFZFEjr1zCsicMWpAA"}),
            ["$.access_token: recorded a JWT, live a text that is not a JWT"],
            id="a token of another kind",
        ),
        pytest.param(
            answer({"access_token": JWT}),
            answer({"access_token": ""}),
            ['$.access_token: recorded "*", live ""'],
            id="none",
        ),
        pytest.param(
            answer({"profiles": {"Dish": {"attributes": {"userID": {"value": "user-of-long-ago", "state": "plain"}}}}}),
            answer(
                {"profiles": {"Dish": {"attributes": {"userID": {"value": "somebody@example.org", "state": "plain"}}}}}
            ),
            NOT_AT_ALL,
            id="somebody else",
        ),
        pytest.param(answer({"zip": "12345"}), answer({"zip": "54321"}), NOT_AT_ALL, id="a placeholder"),
        pytest.param(answer({"zip": 12345}), answer({"zip": 54321}), NOT_AT_ALL, id="a secret number"),
        pytest.param(
            answer({"zip": 12345}),
            answer({"zip": "54321"}),
            ['$.zip: recorded 0, live "*"'],
            id="a secret of another type",
        ),
        pytest.param(
            answer({"url": "/adobe-services/logout?requestor_id=REF30&pt_device_id=0123456789abcdef01"}),
            answer({"url": "/adobe-services/logout?requestor_id=REF30&pt_device_id=fedcba987654321012"}),
            NOT_AT_ALL,
            id="a url of another device",
        ),
        pytest.param(
            answer({"url": "/adobe-services/logout?requestor_id=REF30"}),
            answer({"url": "https://sp.auth.adobe.com/adobe-services/logout?requestor_id=REF30"}),
            [
                '$.url: recorded "/adobe-services/logout?requestor_id=REF30", live "https://sp.auth.adobe.com/adobe-services/logout?requestor_id=REF30"'
            ],
            id="a url that has become absolute",
        ),
        pytest.param(
            answer({"code": "invalid_parameter_mvpd"}),
            answer({"code": "invalid_integration"}),
            ['$.code: recorded "invalid_parameter_mvpd", live "invalid_integration"'],
            id="an error's code",
        ),
        pytest.param(
            answer({"pt_device_id": "0123456789abcdef01", "debug": "of 0123456789abcdef01"}),
            answer({"pt_device_id": "fedcba987654321012", "debug": "of fedcba987654321012"}),
            NOT_AT_ALL,
            id="a secret that is repeated",
        ),
    ],
)
def test_json_is_compared_by_path_and_type(recorded: Response, live: Response, expected: list[str]) -> None:
    assert found(recorded, live) == expected


@for_each(
    ("recorded", "live", "expected"),
    [
        pytest.param(
            answer({}, Content_Type="application/json;charset=UTF-8"), answer({}), NOT_AT_ALL, id="JSON is UTF-8"
        ),
        pytest.param(
            answer({}),
            answer({}, Content_Type="text/html"),
            ["Content-Type: recorded application/json, live text/html"],
            id="media type",
        ),
        pytest.param(
            answer(b"a", Content_Type="text/html"),
            answer(b"a", Content_Type="Text/HTML; charset=latin-1"),
            ["Content-Type: recorded text/html, live text/html; charset=latin-1"],
            id="charset",
        ),
        pytest.param(
            answer(None, 204), answer(None, 204, Date="now", Server="x", Set_Cookie="a=b"), NOT_AT_ALL, id="an edge's"
        ),
        pytest.param(
            answer(None, 302, Location="https://a.example/?code=ABCDEFG"),
            answer(None, 302, Location="https://a.example/?code=HIJKLMN"),
            NOT_AT_ALL,
            id="a code in a Location",
        ),
        pytest.param(
            answer(None, 302, Location="https://a.example/"),
            answer(None, 302, Location="https://b.example/"),
            ["Location: recorded https://a.example/, live https://b.example/"],
            id="another Location",
        ),
        pytest.param(answer(None, 405, Allow="GET, HEAD"), answer(None, 405, Allow="head,get"), NOT_AT_ALL, id="a set"),
        pytest.param(
            answer(None, 401, WWW_Authenticate="Bearer realm=a"),
            answer(None, 401),
            ["WWW-Authenticate: recorded bearer, live absent"],
            id="a scheme",
        ),
        pytest.param(answer(None, 503, Retry_After="1"), answer(None, 503, Retry_After="7"), NOT_AT_ALL, id="how long"),
        pytest.param(
            answer(None, 503),
            answer(None, 503, Retry_After="7"),
            ["Retry-After: recorded absent, live present"],
            id="whether",
        ),
    ],
)
def test_only_fields_that_matter_are_compared(recorded: Response, live: Response, expected: list[str]) -> None:
    assert found(recorded, live) == expected


@for_each(
    ("recorded", "live", "expected"),
    [
        pytest.param(answer({}), html(b"<p>"), ["body: recorded JSON, live no JSON"], id="no JSON any more"),
        pytest.param(html(b"<p>"), html(b"<b>!"), ["body: recorded 3 bytes, live 4 bytes"], id="text"),
        pytest.param(html(b"<p>"), html(b""), ["body: recorded 3 bytes, live none"], id="none"),
        pytest.param(
            html(b"<at>2024-08-19T17:17:48Z</at>"),
            html(b"<at>2026-01-01T00:00:00Z</at>"),
            NOT_AT_ALL,
            id="a time",
        ),
        pytest.param(html(b"\xff\x00"), html(b"\xfe\x01\x02"), NOT_AT_ALL, id="bytes are there"),
        pytest.param(answer(b'{"a": 1,}'), answer(b'{"a": 1,}'), NOT_AT_ALL, id="the documentation's broken JSON"),
    ],
)
def test_other_bodies_are_compared_as_texts(recorded: Response, live: Response, expected: list[str]) -> None:
    drift = [line for line in found(recorded, live) if not line.startswith("Content-Type")]
    assert drift == expected


def test_json_of_any_depth_is_compared() -> None:
    left, right = (answer(b'{"a":' * 300 + leaf + b"}" * 300) for leaf in (b"1", b"2"))
    assert len(found(left, right)) == 1
    assert found(left, left) == NOT_AT_ALL
    assert len(found(answer(b"[" * 100000), answer(b"[" * 99999))) == 1


def test_what_is_shown_of_a_value_is_short_and_harmless() -> None:
    (line,) = found(answer({"a": "b"}), answer({"a": "\x1b[31m" + "x" * 1000}))
    assert line.startswith('$.a: recorded "b", live "\\u001b[31mxxx')
    assert len(line) < 130


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_an_answer_has_no_drift_from_itself(value: object) -> None:
    """Whatever its JSON, and though the two are redacted under different keys."""
    assert found(answer(value), answer(value)) == NOT_AT_ALL


@given(st.binary(), st.binary())
def test_any_bytes_can_be_compared(left: bytes, right: bytes) -> None:
    assert isinstance(found(answer(left), answer(right)), list)
    assert found(answer(left), answer(left)) == NOT_AT_ALL


@for_each(
    ("line", "response", "expected"),
    [
        ("GET /api/v2/REF30/profiles", answer({"profiles": {}}), True),
        ("GET /api/v2/REF30/profiles", answer({"profiles": {"Dish": {}}}), False),
        ("GET /api/v2/REF30/logout/Dish", answer({"logouts": {"Dish": {"actionName": "invalid"}}}), True),
        ("GET /api/v2/REF30/logout/Dish", answer({"logouts": {"Dish": {"actionName": "complete"}}}), False),
        ("GET /api/v2/REF30/logout/Dish", answer({"logouts": {}}), False),
        ("GET /api/v2/REF30/profiles/Dish", answer({"code": "authenticated_profile_missing"}, 403), True),
        ("GET /api/v2/REF30/profiles/Dish", answer({"code": "invalid_parameter_mvpd"}, 400), False),
        (
            "POST /api/v2/REF30/decisions/authorize/Dish",
            answer({"decisions": [{"error": {"code": "authenticated_profile_expired"}}]}),
            True,
        ),
        ("POST /api/v2/REF30/decisions/authorize/Dish", answer({"decisions": [{"error": 1}, 2, None]}), False),
        ("GET /api/v1/checkauthn?deviceId=a", answer(None, 403), True),
        ("GET /api/v1/checkauthn?deviceId=a", answer(None, 200), False),
        ("DELETE /api/v1/logout?deviceId=a", answer(None, 403), False),
        ("GET /elsewhere", answer(b"\xff"), False),
        ("GET /elsewhere", answer([1]), False),
    ],
)
def test_an_answer_may_say_that_nobody_is_logged_in(line: str, response: Response, expected: bool) -> None:
    method, _, target = line.partition(" ")
    assert says_logged_out(Request(method, target), response) is expected

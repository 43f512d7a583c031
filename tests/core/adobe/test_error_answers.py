"""Errors of the API by their code, in each dialect."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from gateway.core.adobe.error_answers import dialect_of, error_answer
from gateway.core.adobe.error_codes import DIALECTS, HELP_URL, V2
from gateway.core.adobe.errors import read_error, read_xml_error
from gateway.core.model import Headers, Request, Response
from tests.harness.for_each import for_each

V2_CALL = Request("GET", "/api/v2/REF30/logout/Dish", id="ab-1")
V1_CALL = Request("DELETE", "/api/v1/logout?deviceId=x", id="ab-1")
XML_CALL = Request("GET", "/api/v1/checkauthn.xml?deviceId=x", id="ab-1")
DCR_CALL = Request("POST", "/o/client/token", id="ab-1")


def answered(request: Request, code: str) -> Response:
    answer = error_answer(request, code)
    assert answer is not None
    assert isinstance(answer.body, bytes)
    assert answer.headers["Content-Length"] == str(len(answer.body))
    return answer


def said(request: Request, code: str) -> Any:
    return json.loads(answered(request, code).body)  # type: ignore[arg-type]


def test_every_documented_code_is_answered_and_read_again() -> None:
    for dialect, call in (("v2", V2_CALL), ("v1", V1_CALL), ("dcr", DCR_CALL)):
        for code, documented in DIALECTS[dialect].items():  # type: ignore[index]
            answer = answered(call, code)
            error = read_error(said(call, code))
            assert error is not None
            assert (answer.status, error.code) == (documented.status, code)
            assert answer.reason


def test_v2_has_the_members_of_the_page() -> None:
    body = said(V2_CALL, "invalid_parameter_mvpd")
    trace = body.pop("trace")
    assert str(UUID(trace)) == trace
    assert body == {
        "action": "none",
        "status": 400,
        "code": "invalid_parameter_mvpd",
        "message": V2["invalid_parameter_mvpd"].message,
        "helpUrl": HELP_URL,
    }


def test_v1_answers_xml_where_that_is_asked_for() -> None:
    answer = answered(XML_CALL, "authorization_expired")
    assert answer.headers["Content-Type"] == "application/xml;charset=UTF-8"
    assert isinstance(answer.body, bytes)
    error = read_xml_error(answer.body.decode())
    assert error is not None
    assert (error.code, error.status, error.action) == ("authorization_expired", 410, "authorization")


def test_client_registration_says_one_word() -> None:
    assert said(DCR_CALL, "unapproved_software_statement") == {"error": "unapproved_software_statement"}


def test_a_denied_decision_is_an_answer_with_an_error_for_each_resource() -> None:
    call = Request("POST", "/api/v2/REF30/decisions/authorize/Dish", body=b'{"resources": ["a", "b", 3]}', id="ab-1")
    answer = answered(call, "authorization_denied_by_mvpd")
    decisions = json.loads(answer.body)["decisions"]  # type: ignore[arg-type]
    assert answer.status == 200
    assert [(one["resource"], one["serviceProvider"], one["mvpd"], one["authorized"]) for one in decisions] == [
        ("a", "REF30", "Dish", False),
        ("b", "REF30", "Dish", False),
    ]
    assert decisions[0]["error"]["code"] == "authorization_denied_by_mvpd"
    assert decisions[0]["error"]["status"] == 403


@for_each(
    ("code", "source"),
    [
        ("authorization_denied_by_mvpd", "mvpd"),
        ("authorization_denied_by_degradation_rule", "degradation"),
        ("temporary_access_duration_limit_exceeded", "temppass"),
        ("authenticated_profile_missing", "mvpd"),
        ("network_received_error", "mvpd"),
        ("too_many_resources", "mvpd"),
    ],
)
def test_decisions_have_no_403(code: str, source: str) -> None:
    call = Request("POST", "/api/v2/REF30/decisions/preauthorize/Dish", body=b'{"resources": ["a"]}', id="ab-1")
    (decision,) = said(call, code)["decisions"]
    assert (answered(call, code).status, decision["source"]) == (200, source)
    assert answered(call, "invalid_parameter_resources").status == 400


def test_v1s_preauthorize_says_it_with_each_resource() -> None:
    call = Request("GET", "/api/v1/preauthorize?requestor=REF30&resource=a%2Cb&deviceId=x", id="ab-1")
    body = said(call, "authorization_denied_by_mvpd")
    assert answered(call, "authorization_denied_by_mvpd").status == 200
    assert [(one["id"], one["authorized"], one["error"]["status"]) for one in body["resources"]] == [
        ("a", False, 403),
        ("b", False, 403),
    ]
    assert answered(call, "preauthorization_authentication_session_missing").status == 412


@for_each("body", [b"", b"[]", b"{", b'{"resources": 1}', b"\xff", b"[" * 100_000])
def test_where_no_resources_are_named_it_is_the_requests_error(body: bytes) -> None:
    call = Request("POST", "/api/v2/REF30/decisions/authorize/Dish", body=body, id="ab-1")
    assert answered(call, "authorization_denied_by_mvpd").status == 403


def test_another_apis_code_and_another_path_have_no_answer() -> None:
    assert error_answer(V2_CALL, "invalid_client") is None
    assert error_answer(Request("GET", "/", headers=Headers()), "invalid_client") is None


@for_each(
    ("path", "dialect"),
    [
        ("/api/v2/REF30/profiles", "v2"), ("/api/%76%32/x", "v2"), ("/api/v1/logout.xml", "v1"), ("/reggie/v1/REF30/regcode", "v1"),
        ("/o/client/register", "dcr"), ("/", None), ("/adobe-services/logout", None), ("/api/v3/x", None),
    ],
)  # fmt: skip
def test_the_dialect_of_a_path(path: str, dialect: str | None) -> None:
    assert dialect_of(path) == dialect

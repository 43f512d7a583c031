"""What the emulator refuses, in which words."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping

from gateway.emulator import Call, Catalogue, Emulator, Options
from tests.emulator.calls import NOW, call, device, document, header, logout, sample, token
from tests.harness.for_each import for_each

EXPIRED = sample(1)[0].header("Authorization").removeprefix("Bearer ")  # no token of the emulator's
CODES = {
    "token": (401, "application-registration", "invalid_access_token_client_application"),
    "device": (400, "none", "invalid_header_device_identifier"),
    "info": (400, "none", "invalid_header_device_info"),
    "provider": (400, "none", "invalid_parameter_service_provider"),
    "mvpd": (400, "none", "invalid_parameter_mvpd"),
    "url": (400, "none", "invalid_parameter_redirect_url"),
}
Changed = Mapping[str, str | None]


def b64(text: bytes) -> str:
    return base64.b64encode(text).decode()


@for_each("path", ["/logout/Dish?redirectUrl=x", "/profiles", "/profiles/Dish"])
@for_each(
    ("headers", "code"),
    [
        ({"Authorization": None}, "token"),
        ({"Authorization": ""}, "token"),
        ({"Authorization": "Bearer"}, "token"),
        ({"Authorization": "Bearer  "}, "token"),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, "token"),
        ({"Authorization": "Bearer two tokens"}, "token"),
        ({"AP-Device-Identifier": None}, "device"),
        ({"AP-Device-Identifier": ""}, "device"),
        ({"AP-Device-Identifier": "fingerprint"}, "device"),
        ({"AP-Device-Identifier": "fingerprint "}, "device"),
        ({"AP-Device-Identifier": "fingerprint  YQ=="}, "device"),
        ({"AP-Device-Identifier": "YQ=="}, "device"),
        ({"AP-Device-Identifier": "fingerprint YQ"}, "device"),
        ({"AP-Device-Identifier": "fingerprint Y_-="}, "device"),
        ({"AP-Device-Identifier": "fingerprint Y!=="}, "device"),
        ({"X-Device-Info": ""}, "info"),
        ({"X-Device-Info": "{}"}, "info"),
        ({"X-Device-Info": "ewoJ%3D"}, "info"),
        ({"X-Device-Info": "\xff\xfe"}, "info"),
    ],
)
def test_a_header_that_is_missing_or_malformed_is_refused(path: str, headers: Changed, code: str) -> None:
    answer = Emulator().handle(call(f"GET /api/v2/REF30{path}", headers))
    error = document(answer)
    assert (answer.status, error["action"], error["code"]) == CODES[code]
    assert error["status"] == answer.status


@for_each(
    ("target", "code"),
    [
        ("/api/v2/REF30/logout/Dish", "url"),
        ("/api/v2/REF30/logout/Dish?", "url"),
        ("/api/v2/REF30/logout/Dish?redirectUrl=", "url"),
        ("/api/v2/REF30/logout/Dish?redirecturl=x", "url"),
        ("/api/v2/REF30/logout/Nobody?redirectUrl=x", "mvpd"),
        ("/api/v2/REF30/logout/?redirectUrl=x", "mvpd"),
        ("/api/v2/REF30/logout?redirectUrl=x", "mvpd"),
        ("/api/v2/logout/REF30/?redirectUrl=x", "mvpd"),
        ("/api/v2/REF30/logout/a%2FDish?redirectUrl=x", "mvpd"),
        ("/api/v2//logout/Dish?redirectUrl=x", "provider"),
        ("/api/v2/${serviceProvider}/logout/Dish?redirectUrl=x", "provider"),
        ("/api/v2/%zz/logout/Dish?redirectUrl=x", "provider"),
        ("/api/v2//profiles", "provider"),
        ("/api/v2/REF30/profiles/", "mvpd"),
        ("/api/v2/REF30/profiles/Nobody", "mvpd"),
    ],
)
def test_a_parameter_that_is_missing_or_unknown_is_refused(target: str, code: str) -> None:
    answer = Emulator().handle(call(f"GET {target}"))
    error = document(answer)
    assert (answer.status, error["action"], error["code"]) == CODES[code]


@for_each(
    ("headers", "line", "code"),
    [
        ({}, "", ""),
        ({"Authorization": f"Bearer {EXPIRED}"}, "", "token"),
        (token(now=NOW - 21_600), "", "token"),
        (token(scopes="config:client,tokens:client"), "", "token"),
        ({"Authorization": "Bearer 2YotnFZFEjr1zCsicMWpAA"}, "", "token"),
        ({"Authorization": "Bearer a.!.c"}, "", "token"),
        ({"Authorization": token()["Authorization"][:-1] + "_"}, "", "token"),
        ({"X-Device-Info": None}, "", "info"),
        ({"X-Device-Info": b64(b"no JSON")}, "", "info"),
        ({"X-Device-Info": b64(b"[1]")}, "", "info"),
        ({"X-Device-Info": b64(b"[" * 40_000)}, "", "info"),
        ({"X-Device-Info": sample(2)[0].header("X-Device-Info")}, "", "info"),
        ({}, "/api/v2/REF30/logout/Dish?redirectUrl=adobe.com", "url"),
        ({}, "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fa.com&redirectUrl=https%3A%2F%2Fb.com", "url"),
        ({}, "/api/v2/REF30/logout/Dish?redirectUrl=http%3A%2F%2F", "url"),
        ({}, "/api/v2/REF30/logout/Dish?redirectUrl=myapp%3A%2F%2Fdone", ""),
        ({}, "/api/v2/REF30/logout/Dish?redirectUrl=adbe.abcdefghijklmnopqrstuv%3A%2F%2F", ""),
        ({}, "/api/v2/REF30/logout/Dish?redirectUrl=com.example.ref30%3A%2Fbye", ""),
        ({}, "/api/v2/logout/REF30/Dish?redirectUrl=https%3A%2F%2Fa.com", "provider"),
    ],
)
def test_strict_judges_what_the_samples_would_fail(headers: Changed, line: str, code: str) -> None:
    target = line or "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fadobe.com"
    request = call(f"GET {target}", {**token(), **headers})
    answer = Emulator(Options(strict=True)).handle(request)
    assert answer.status == (CODES[code][0] if code else 200)
    assert not code or document(answer)["code"] == CODES[code][2]
    assert Emulator().handle(request).status == 200


def test_an_error_is_the_flat_enhanced_object_with_a_trace_of_its_own() -> None:
    request = logout("Nobody")
    answer, again = Emulator().handle(request), Emulator().handle(request)
    error = document(answer)

    assert list(error) == ["action", "status", "code", "message", "helpUrl", "trace"]
    assert str(uuid.UUID(error["trace"])) == error["trace"]
    assert error["helpUrl"].startswith("https://")
    assert header(answer, "Content-Type") == ["application/json;charset=UTF-8"]
    assert answer == again
    assert document(Emulator().handle(logout("Noone")))["trace"] != error["trace"]


@for_each(
    ("line", "allow"),
    [
        ("DELETE /api/v2/REF30/logout/Dish", "GET"),
        ("POST /api/v2/logout/REF30/Dish", "GET"),
        ("get /api/v2/REF30/profiles", "GET"),
        ("PUT /api/v2/REF30/sessions/ABCDEFG", "POST, GET"),
        ("PUT /api/v2/REF30/profiles/Dish", "GET"),
        ("GET /api/v1/logout?deviceId=x", "DELETE"),
        ("GET /api/v1/logout.json?deviceId=x", "DELETE"),
        ("DELETE /api/v1/tokens/authn", "GET, POST"),
        ("PUT /reggie/v1/REF30/regcode/ABCDEFG", "GET, DELETE"),
    ],
)
def test_a_known_path_says_which_method_it_takes(line: str, allow: str) -> None:
    answer = Emulator().handle(call(line))
    assert (answer.status, header(answer, "Allow"), document(answer)["status"]) == (405, [allow], 405)


@for_each(
    ("line", "content", "told"),
    [
        ("GET /o/client/token", "application/json", b'"error": "invalid_request"'),
        (
            "GET /api/v1/logout.xml",
            "application/xml",
            b"<error><status>405</status><message>Method Not Allowed</message>",
        ),
        ("DELETE /api/v1/authorize", "application/json", b'"message": "Method Not Allowed"'),
        ("POST /api/v2/authenticate/REF30/ABCDEFG", "text/html", b"<h1>Method Not Allowed</h1>"),
        ("POST /adobe-services/logout", "text/html", b"<h1>Method Not Allowed</h1>"),
        ("DELETE /api/v2/REF30/profiles", "application/json", b'"code": "method_not_allowed"'),
    ],
)
def test_a_wrong_method_is_told_in_the_dialect_of_its_api(line: str, content: str, told: bytes) -> None:
    answer = Emulator().handle(call(line))
    assert answer.status == 405
    assert header(answer, "Content-Type")[0].startswith(content)
    assert told in answer.body


@for_each(
    "target",
    ["", "*", "/", "/api/v2", "/api/v2/a/b/c/d", "//api/v2/REF30/profiles", "/api/v1/logout.html", "/o/client/scopes"],
)
def test_what_is_not_emulated_is_said_in_a_sentence(target: str) -> None:
    answer = Emulator().handle(call(f"GET {target}"))
    assert answer.status == 501
    assert b"The emulator does not know GET" in answer.body


@for_each("line", ["GET /api/v2/REF30/profiles", "DELETE /api/v1/logout?deviceId=x", "GET /nowhere"])
@for_each("status", [500, 429])
def test_a_header_asks_for_a_failure(line: str, status: int) -> None:
    answer = Emulator().handle(call(line, {"x-emulator-status": str(status)}))
    assert answer.status == status


def test_a_failure_that_was_asked_for_has_its_documented_code() -> None:
    asked = {"X-Emulator-Status": "500"}
    assert document(Emulator().handle(logout("Dish", asked)))["code"] == "internal_server_error"
    assert document(Emulator().handle(call("DELETE /api/v1/logout", asked))) == {
        "status": 500,
        "message": "Internal Server Error",
    }


@for_each(
    ("asked", "told"),
    [
        ("418", "expected a documented code"),
        ("INVALID_INTEGRATION", "found 'INVALID_INTEGRATION'; did you mean invalid_integration?"),
        ("invalid_integratoin", "did you mean invalid_integration?"),
        ("internal_error 404", "expected a status that internal_error can have, found 404"),
        ("invalid_integration 400", "expected a status"),
    ],
)
def test_what_cannot_be_given_on_request_is_said(asked: str, told: str) -> None:
    answer = Emulator().handle(logout("Dish", {"X-Emulator-Status": asked}))
    assert answer.status == 501
    assert told in document(answer)["message"]


def test_a_catalogue_may_name_the_only_service_providers() -> None:
    only = {"service_providers": ["REF30"], "mvpds": {"Dish": {"profiles": [{"type": "regular"}]}}}
    emulator = Emulator(catalogue=Catalogue.parse(only))
    assert emulator.handle(logout("Dish")).status == 200
    refused = emulator.handle(call("GET /api/v2/REF31/logout/Dish?redirectUrl=x"))
    assert document(refused)["code"] == "invalid_parameter_service_provider"


def test_a_repeated_header_counts_once_and_the_first_counts() -> None:
    request = logout("Dish")
    twice = Call(
        "GET", request.target, (*request.headers, ("ap-device-identifier", device("other")), ("Authorization", "no"))
    )
    assert Emulator().handle(twice).status == 200

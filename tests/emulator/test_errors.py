"""What the emulator refuses, in which words."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping

import pytest

from gateway.emulator import Call, Catalogue, Emulator, Options
from tests.emulator.calls import NOW, call, device, document, header, logout, sample
from tests.harness.for_each import for_each

EXPIRED = sample(1)[0].header("Authorization")  # at 1724109468
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
    ("request_", "code"),
    [
        pytest.param(logout("Dish", {"Authorization": EXPIRED}), "", id="a token that lives"),
        pytest.param(
            call("GET /api/v2/REF30/profiles", {"Authorization": EXPIRED}, now=NOW + 86_400), "token", id="expired"
        ),
        pytest.param(logout("Dish", {"Authorization": "Bearer 2YotnFZFEjr1zCsicMWpAA"}), "", id="an opaque token"),
        pytest.param(logout("Dish", {"Authorization": "Bearer a.!.c"}), "", id="a token that only looks like a JWT"),
        pytest.param(logout("Dish", {"X-Device-Info": None}), "info", id="no device information"),
        pytest.param(logout("Dish", {"X-Device-Info": b64(b"no JSON")}), "info", id="no JSON"),
        pytest.param(logout("Dish", {"X-Device-Info": b64(b"[1]")}), "info", id="no object"),
        pytest.param(logout("Dish", {"X-Device-Info": b64(b"[" * 40_000)}), "info", id="a nesting too deep to read"),
        pytest.param(sample(2)[0], "info", id="the documentation's own sample"),
        pytest.param(logout("Dish", url="adobe.com"), "url", id="a relative redirectUrl"),
        pytest.param(logout("Dish", url="https://"), "url", id="https without a host"),
        pytest.param(logout("Dish", url="myapp://done"), "", id="an app's own scheme"),
        pytest.param(logout("Dish", url="adbe.Zm9vYmFyYmF6cXV4MTIzNA://"), "", id="the dashboard's custom scheme"),
        pytest.param(
            logout("Dish", url="com.example.ref30:/bye"), "", id="a private-use scheme (RFC 8252 section 7.1)"
        ),
    ],
)
def test_strict_judges_what_the_samples_would_fail(request_: Call, code: str) -> None:
    answer = Emulator(Options(strict=True)).handle(request_)
    assert answer.status == (CODES[code][0] if code else 200)
    assert not code or document(answer)["code"] == CODES[code][2]
    assert Emulator().handle(request_).status == 200


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
        ("PUT /api/v2/REF30/profiles/Dish", "GET"),
        ("GET /api/v1/logout?deviceId=x", "DELETE"),
        ("GET /api/v1/logout.xml?deviceId=x", "DELETE"),
        ("GET /o/client/register", "POST"),
        ("GET /o/client/token", "POST"),
    ],
)
def test_a_known_path_says_which_method_it_takes(line: str, allow: str) -> None:
    answer = Emulator().handle(call(line))
    assert (answer.status, header(answer, "Allow"), document(answer)["status"]) == (405, [allow], 405)


@for_each("target", ["", "*", "/", "/api/v2", "/api/v2/a/b/c/d", "//api/v2/REF30/profiles", "/api/v1/logout.html"])
def test_an_unknown_path_is_not_found(target: str) -> None:
    answer = Emulator().handle(call(f"GET {target}"))
    assert (answer.status, document(answer)["code"]) == (404, "not_found")


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


def test_any_other_status_is_not_given_on_request() -> None:
    assert Emulator().handle(logout("Dish", {"X-Emulator-Status": "418"})).status == 200


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

"""Dynamic client registration accepts any client, and makes every value from what it was told."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from gateway.emulator import Catalogue, Emulator, Options
from tests.emulator.calls import NOW, call, document
from tests.harness.for_each import for_each

BARE = {"Authorization": None, "AP-Device-Identifier": None, "X-Device-Info": None}
OF_A_FORM = {**BARE, "Content-Type": "application/x-www-form-urlencoded"}
FORM = "client_id=c&client_secret=s&grant_type=client_credentials"


def statement(**claims: object) -> str:
    """Return a software statement of the dashboard's shape."""
    parts = (json.dumps(part).encode() for part in ({"alg": "RS256"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), "c2lnbmF0dXJl"])


def registration(**claims: object) -> bytes:
    """Return the body of a registration."""
    return json.dumps({"software_statement": statement(**claims)}).encode()


def test_a_software_statement_becomes_client_credentials() -> None:
    body = json.dumps({"software_statement": "a.b.c", "redirect_uri": "app://x"}).encode()
    answer = Emulator().handle(call("POST /o/client/register", BARE, body))
    given = document(answer)

    assert answer.status == 201
    assert given["client_id"] != given["client_secret"]
    assert (given["client_id_issued_at"], given["redirect_uris"]) == (int(NOW), ["app://x"])
    assert (given["grant_types"], given["scopes"]) == (["client_credentials"], ["api:client:v2"])


@for_each(
    ("body", "error"),
    [
        (b"", "invalid_request"),
        (b"software_statement=a.b.c", "invalid_request"),
        (b"[]", "invalid_request"),
        (b"{}", "invalid_request"),
        (b"[" * 40_000, "invalid_request"),
        (b'{"software_statement": ""}', "invalid_software_statement"),
        (b'{"software_statement": 1}', "invalid_software_statement"),
        (b'{"software_statement": "a.b.c", "redirect_uri": null}', "invalid_redirect_uri"),
    ],
)
def test_any_other_registration_is_refused_with_one_word(body: bytes, error: str) -> None:
    answer = Emulator().handle(call("POST /o/client/register", BARE, body))
    assert (answer.status, document(answer)) == (400, {"error": error})


@pytest.mark.parametrize(
    ("query", "body"),
    [("", FORM), (f"?{FORM}", ""), ("?client_id=c", "client_secret=s&grant_type=client_credentials")],
    ids=["form", "query", "both"],
)
def test_any_client_gets_a_token_that_is_a_jwt(query: str, body: str) -> None:
    answer = Emulator().handle(call(f"POST /o/client/token{query}", BARE, body.encode()))
    granted = document(answer)

    assert (answer.status, granted["token_type"], granted["expires_in"]) == (201, "bearer", 21_600)
    assert granted["created_at"] == int(NOW * 1000)
    header, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in granted["access_token"].split("."))
    told: dict[str, Any] = json.loads(claims)
    assert json.loads(header) == {"alg": "RS256"}
    assert (told["sub"], told["iss"], told["scopes"]) == ("c", "auth.adobe.com", "api:client:v2")
    assert (told["nbf"], told["exp"] - told["iat"]) == (int(NOW), 21_600)
    assert len(signature) == 256


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "invalid_request"),
        ("client_id=c&grant_type=client_credentials", "invalid_request"),
        ("client_id=&client_secret=s&grant_type=client_credentials", "invalid_request"),
        ("client_id=c&client_secret=s&grant_type=password", "unsupported_grant_type"),
    ],
)
def test_any_other_request_for_a_token_is_refused_with_one_word(body: str, error: str) -> None:
    answer = Emulator().handle(call("POST /o/client/token", BARE, body.encode()))
    assert (answer.status, document(answer)) == (400, {"error": error})


def test_the_token_opens_a_strict_emulator_until_it_expires() -> None:
    emulator = Emulator(Options(strict=True))
    client = document(emulator.handle(call("POST /o/client/register", BARE, registration(iss="auth.adobe.com"))))
    form = urlencode(
        {**{name: client[name] for name in ("client_id", "client_secret")}, "grant_type": "client_credentials"}
    )
    token = document(emulator.handle(call("POST /o/client/token", OF_A_FORM, form.encode())))["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    for seconds, status in ((0, 200), (21_599, 200), (21_600, 401)):
        assert emulator.handle(call("GET /api/v2/REF30/profiles", bearer, now=NOW + seconds)).status == status


def test_the_same_call_has_the_same_answer_and_a_later_one_another() -> None:
    request = call("POST /o/client/token", BARE, FORM.encode())
    later = call("POST /o/client/token", BARE, FORM.encode(), now=NOW + 1)
    assert Emulator().handle(request) == Emulator().handle(request)
    assert Emulator().handle(request).body != Emulator().handle(later).body


@for_each(
    ("body", "error"),
    [
        (registration(sub="app", iss="auth.adobe.com"), ""),
        (registration(sub="app"), ""),
        (registration(sub="app", iss="evil.example"), "unapproved_software_statement"),
        (b'{"software_statement": "any"}', "invalid_software_statement"),
        (b'{"software_statement": "a.b.c"}', "invalid_software_statement"),
        (b'{"software_statement": "a.W10.c"}', "invalid_software_statement"),
    ],
)
def test_strict_wants_a_statement_that_is_one(body: bytes, error: str) -> None:
    answer = Emulator(Options(strict=True)).handle(call("POST /o/client/register", BARE, body))
    assert answer.status == (400 if error else 201)
    assert document(answer).get("error", "") == error
    assert Emulator().handle(call("POST /o/client/register", BARE, body)).status == 201


@for_each(
    ("changed", "content", "error"),
    [
        ({}, "application/x-www-form-urlencoded;charset=utf-8", ""),
        ({}, "application/json", "invalid_request"),
        ({"client_secret": "another"}, "application/x-www-form-urlencoded", "invalid_client"),
        ({"client_id": "another"}, "application/x-www-form-urlencoded", "invalid_client"),
        ({"client_id": ""}, "application/x-www-form-urlencoded", "invalid_request"),
        ({"grant_type": "password"}, "application/x-www-form-urlencoded", "unsupported_grant_type"),
    ],
)
def test_strict_knows_its_clients(changed: dict[str, str], content: str, error: str) -> None:
    emulator = Emulator(Options(strict=True))
    given = document(emulator.handle(call("POST /o/client/register", BARE, registration(sub="app"))))
    form = {
        "client_id": given["client_id"],
        "client_secret": given["client_secret"],
        "grant_type": "client_credentials",
    }
    body = urlencode({**form, **changed}).encode()
    answer = emulator.handle(call("POST /o/client/token", {**BARE, "Content-Type": content}, body))
    assert document(answer).get("error", "") == error


def test_strict_takes_no_parameter_twice() -> None:
    twice = f"{FORM}&client_id=d".encode()
    answer = Emulator(Options(strict=True)).handle(call("POST /o/client/token", OF_A_FORM, twice))
    assert document(answer) == {"error": "invalid_request"}
    assert Emulator().handle(call("POST /o/client/token", OF_A_FORM, twice)).status == 201


def test_a_registered_application_has_its_scopes_channels_and_leave() -> None:
    applications = {
        "v1-app": {"scopes": ["profile:client"]},
        "other": {"service_providers": ["REF40"]},
        "revoked": {"approved": False},
        "implicit": {"grant": False},
    }
    emulator = Emulator(Options(strict=True), Catalogue.parse({"applications": applications, "mvpds": {"Dish": None}}))

    def registered(name: str) -> Any:
        return document(emulator.handle(call("POST /o/client/register", BARE, registration(sub=name))))

    def answered(name: str) -> tuple[int, str]:
        given = registered(name)
        form = {name: given[name] for name in ("client_id", "client_secret")} | {"grant_type": "client_credentials"}
        granted = document(emulator.handle(call("POST /o/client/token", OF_A_FORM, urlencode(form).encode())))
        if "error" in granted:
            return 400, granted["error"]
        bearer = {"Authorization": f"Bearer {granted['access_token']}"}
        answer = emulator.handle(call("GET /api/v2/REF30/profiles", bearer))
        return answer.status, document(answer).get("code", "")

    assert registered("revoked") == {"error": "unapproved_software_statement"}
    assert registered("v1-app")["scopes"] == ["profile:client"]
    assert answered("v1-app") == (401, "invalid_access_token_client_application")
    assert answered("other") == (401, "invalid_access_token_service_provider")
    assert answered("implicit") == (400, "unauthorized_client")
    assert answered("nobody-said") == (200, "")

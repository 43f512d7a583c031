"""`gateway explain-rewrite` prints the conversation that the rules would have, and sends nothing."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.commands.conversation import NotARequestError, typed_request
from gateway.core.model import Headers
from tests.harness.for_each import for_each

LOGOUT = "DELETE /api/v1/logout?requestor=REF30&deviceId=abc"


@pytest.fixture(autouse=True)
def _no_network_and_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def explained(*arguments: str, exit_code: int = 0) -> list[str]:
    result = CliRunner().invoke(app, ["explain-rewrite", *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == exit_code, result.output
    return result.output.splitlines()


def test_it_prints_what_would_be_sent_and_replied() -> None:
    Path("config.yaml").write_text(
        "rules: [{v1_logout: {redirect_url: 'https://example.com/bye'}}]\n", encoding="ascii"
    )
    assert explained(LOGOUT, "-H", "X-Device-Info: e30%3D", "--profile", "Dish", "--profile", "Spectrum") == [
        "app      DELETE /api/v1/logout?requestor=REF30&deviceId=abc",
        "sent     DELETE /api/v1/logout?requestor=REF30&deviceId=abc",
        "           X-Device-Info: e30%3D",
        "assumed  204 No Content",
        "sent     GET /api/v2/REF30/profiles",
        "           AP-Device-Identifier: fingerprint YWJj",
        "           X-Device-Info: e30=",
        "           Accept: application/json",
        "           Authorization: Bearer <access token of clients.default>",
        'assumed  200 OK {"profiles": {"Dish": {}, "Spectrum": {}}}',
        "sent     GET /api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fexample.com%2Fbye",
        "           AP-Device-Identifier: fingerprint YWJj",
        "           X-Device-Info: e30=",
        "           Accept: application/json",
        "           Authorization: Bearer <access token of clients.default>",
        'assumed  200 OK {"logouts": {"Dish": {"actionName": "complete", "actionType": "none", "mvpd": "Dish"}}}',
        "sent     GET /api/v2/REF30/logout/Spectrum?redirectUrl=https%3A%2F%2Fexample.com%2Fbye",
        "           AP-Device-Identifier: fingerprint YWJj",
        "           X-Device-Info: e30=",
        "           Accept: application/json",
        "           Authorization: Bearer <access token of clients.default>",
        'assumed  200 OK {"logouts": {"Spectrum": {"actionName": "complete", "actionType": "none", "mvpd": "Spectrum"}}}',
        "reply    204 No Content",
        "",
        (
            "whose logins: v2 sees the logins that were made through v2, on the same device, by the gateway's own client (clients.default). "
            "It sees no login of v1, and no login of another client. The app's SSO headers are not sent to v2, so v2 finds no single sign-on profile."
        ),
    ]


def test_it_says_what_happens_where_v2_knows_no_profile() -> None:
    lines = explained(LOGOUT)
    assert lines[0].startswith("rules: no v1_logout is configured, so this shows one with redirect_url ")
    after = lines[lines.index("and if v2 knows no profile:") :]
    assert [line for line in after if line.startswith("sent")] == [
        f"sent     {LOGOUT}",
        "sent     GET /api/v2/REF30/profiles",
    ]
    assert after[-3].startswith("RW001    warning: profiles: none for this device; expected a profile")


def test_it_says_why_a_logout_is_refused() -> None:
    lines = explained("DELETE https://api.auth.adobe.com/api/v1/logout.json?requestor=REF30")
    error = '{"status": 400, "message": "Bad Request", "details": "The parameter deviceId is missing or empty."}'
    assert lines[2:4] == ["app      DELETE /api/v1/logout.json?requestor=REF30", f"reply    400 Bad Request {error}"]
    assert "and if v2 knows no profile:" not in lines


def test_it_says_what_goes_out_as_v1_alone() -> None:
    lines = explained("DELETE /api/v1/logout?deviceId=abc")
    assert lines[2:5] == [
        "app      DELETE /api/v1/logout?deviceId=abc",
        "sent     DELETE /api/v1/logout?deviceId=abc",
        "assumed  204 No Content",
    ]
    assert any(line.startswith("RW007") for line in lines)


def test_it_says_whose_logins_v2_sees_with_the_apps_own_token() -> None:
    Path("config.yaml").write_text(
        "rules: [{v1_logout: {redirect_url: 'x://y', authorization: pass, sso_headers: pass}}]\n", encoding="ascii"
    )
    assert explained(LOGOUT)[-1] == (
        "whose logins: v2 sees the logins that were made through v2, on the same device, by the client whose token the app sends, "
        "which needs the scope api:client:v2. It sees no login of v1, and no login of another client. "
        "The app's SSO headers are sent to v2, so v2 also finds its single sign-on profiles, which other apps share."
    )
    assert not any("whose logins" in line for line in explained("GET /api/v2/REF30/profiles"))


def test_it_reads_a_form() -> None:
    lines = explained("DELETE /api/v1/logout?requestor=REF30", "-d", "deviceId=%C3%A9")
    assert "           AP-Device-Identifier: fingerprint w6k=" in lines


@for_each("line", ["", "DELETE", "DELETE x", "/api/v1/logout", "DELETE /a b", "DE LETE /"])
def test_what_is_no_request_is_a_usage_error(line: str) -> None:
    assert explained(line, exit_code=2)[-1].startswith("expected a method and a target")


def test_what_is_no_field_is_a_usage_error() -> None:
    assert explained(LOGOUT, "-H", "X-Device-Info", exit_code=2)[-1] == "expected a header field as 'Name: value'"


def test_bytes_that_are_no_utf_8_are_kept_as_they_were_typed() -> None:
    request = typed_request("POST /\udcff", ["X-Name: \udcfe"], "a=\udcfd")
    assert (request.target, request.headers.get("X-Name"), request.body) == ("/\xff", "\xfe", b"a=\xfd")


def test_text_is_utf_8_on_the_wire() -> None:
    request = typed_request("delete /x?é", ["X-Name:  ü "], "")
    assert (request.method, request.target.encode("latin-1")) == ("DELETE", "/x?é".encode())
    assert request.headers == Headers(((b"X-Name", "ü".encode()),))
    with pytest.raises(NotARequestError):
        typed_request("GET /", [": x"], "")

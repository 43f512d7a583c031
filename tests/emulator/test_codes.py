"""Every documented code can be got from the emulator: on request, and by itself as the table in the documentation says."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gateway.emulator import Answer, Catalogue, Emulator, Options
from gateway.emulator.codes import REGISTRATION, V1, V2
from gateway.emulator.decisions import is_of_item
from gateway.emulator.errors import HELP
from tests.emulator.apps import FORM, SP, App
from tests.emulator.calls import NOW, call, document
from tests.emulator.test_registration import BARE, OF_A_FORM, registration
from tests.harness.for_each import for_each

CATALOGUE = {
    "service_providers": ["REF30"],
    "mvpds": {
        "Dish": {"profiles": [{"type": "regular", "attributes": {"maxRating": {"VCHIP": "TV-PG"}}}]},
        "Cox": None,
        "Pass": {"profiles": [{"type": "temporary", "lasts": 60}]},
        "Promo": {"profiles": [{"type": "temporary", "lasts": 60, "resources": 1}]},
        "Off": {"service_providers": "none"},
        "None": {"degradation": "AuthZNone"},
        **{code: {"error": code} for code in V2 if code.startswith("invalid_configuration")},
    },
    "resources": {
        "denied": "deny",
        "film": {"rating": "TV-MA"},
        **{code: code for code in V2 if is_of_item(code)},
    },
    "applications": {
        "elsewhere": {"service_providers": ["REF40"]},
        "revoked": {"approved": False},
        "no-grant": {"grant": False},
    },
}


def app(*, strict: bool = False, **options: Any) -> App:
    """Return an app whose device is logged in at every ordinary MVPD."""
    return App(Emulator(Options(strict=strict, **options), Catalogue.parse(CATALOGUE), clock=lambda: NOW))


def status_of(framework: object) -> dict[str, str]:
    """Return the header of a partner's framework."""
    return {"AP-Partner-Framework-Status": base64.b64encode(json.dumps(framework).encode()).decode()}


def partner(access: str = "granted", id_: str = "Dish", expires: object = "9999999999999") -> dict[str, str]:
    """Return the header that a framework with these words sends."""
    provider = {"id": id_, "expirationDate": expires}
    return status_of({"frameworkPermissionInfo": {"accessStatus": access}, "frameworkProviderInfo": provider})


def profiles_sso(headers: Mapping[str, str], saml: str = "PHNhbWw+", path: str = "/profiles/sso/Apple") -> Answer:
    return app().posts(path, {"SAMLResponse": saml}, headers)


def decision(resource: str, mvpd: str = "Dish", kind: str = "authorize", *, of: App | None = None) -> Any:
    """Return the error of the decision on a resource."""
    return (of or app()).decides(kind, resource, mvpd=mvpd)[0]["error"]


def invalidated() -> Any:
    first, second = app(logged_in="none"), app(logged_in="none")
    second.emulator, second.headers = first.emulator, App(first.emulator, "second").headers
    service = {"AD-Service-Token": "user-1"}
    first.log_in("Dish", service)
    second.logs_out("Dish", service)
    return decision("x", of=first)


def expired() -> Any:
    late = app(logged_in="none")
    late.emulator.setting.log_in("tv-1", "Dish", lasts=0)
    return decision("x", of=late)


def after_temporary(mvpd: str, seconds: float, headers: Mapping[str, str]) -> Answer:
    one = app()
    one.decides("authorize", "first", mvpd=mvpd, headers=headers)
    one.now += seconds
    return one.ask(f"GET {SP}/profiles/{mvpd}", headers)


def token_of(application: str) -> dict[str, str]:
    one = app(strict=True)
    given = document(one.emulator.handle(call("POST /o/client/register", BARE, registration(sub=application))))
    form = f"client_id={given['client_id']}&client_secret={given['client_secret']}&grant_type=client_credentials"
    granted: dict[str, str] = document(one.emulator.handle(call("POST /o/client/token", OF_A_FORM, form.encode())))
    if "error" in granted:
        return granted
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    answered: dict[str, str] = document(one.ask(f"GET {SP}/profiles", bearer))
    return answered


def configured(code: str) -> Answer:
    return app().ask(f"GET {SP}/profiles/{code}")


IDENTITY = {"AP-TempPass-Identity": base64.b64encode(b"{}").decode()}
_DECISIONS = f"POST {SP}/decisions/authorize/Dish"


def body(*resources: str) -> bytes:
    return json.dumps({"resources": [*resources]}).encode()


BY_ITSELF: Mapping[str, Callable[[], Any]] = {
    "invalid_parameter_service_provider": lambda: app().ask("GET /api/v2/REF31/profiles"),
    "invalid_parameter_mvpd": lambda: app().ask(f"GET {SP}/profiles/Nobody"),
    "invalid_parameter_code": lambda: app().ask(f"GET {SP}/sessions/short"),
    "invalid_parameter_resources": lambda: app().ask(_DECISIONS, {}, b"{}"),
    "invalid_parameter_redirect_url": lambda: app().ask(f"GET {SP}/logout/Dish"),
    "invalid_parameter_partner": lambda: app().posts("/sessions/sso/Roku", {}, partner()),
    "invalid_parameter_saml_response": lambda: profiles_sso(partner(), ""),
    "invalid_header_device_info": lambda: app().ask(f"GET {SP}/profiles", {"X-Device-Info": "{}"}),
    "invalid_header_device_identifier": lambda: app().ask(f"GET {SP}/profiles", {"AP-Device-Identifier": "tv-1"}),
    "invalid_header_identity_for_temporary_access": lambda: app().ask(f"GET {SP}/profiles/Promo"),
    "invalid_header_pfs_permission_access_not_present": lambda: profiles_sso({}),
    "invalid_header_pfs_permission_access_not_determined": lambda: profiles_sso(partner("notDetermined")),
    "invalid_header_pfs_permission_access_not_granted": lambda: profiles_sso(partner("denied")),
    "invalid_header_pfs_provider_id_not_determined": lambda: profiles_sso(partner(id_="Nobody")),
    "invalid_header_pfs_provider_id_mismatch": lambda: app(strict=True).ask(f"GET {SP}/profiles/Dish", partner(id_="Cox")),
    "invalid_header_pfs_provider_info_expired": lambda: profiles_sso(partner(expires="1")),
    "invalid_integration": lambda: app().ask(f"GET {SP}/logout/Off?redirectUrl=x"),
    "invalid_authentication_session": lambda: app().ask(f"GET {SP}/sessions/ABCDEFG"),
    "preauthorization_denied_by_mvpd": lambda: decision("denied", kind="preauthorize"),
    "authorization_denied_by_mvpd": lambda: decision("denied"),
    "authorization_denied_by_parental_controls": lambda: decision("film"),
    "authorization_denied_by_degradation_rule": lambda: decision("x", "None"),
    "too_many_resources": lambda: app().ask(_DECISIONS, {}, body(*"abcdef")),
    "invalid_access_token_service_provider": lambda: token_of("elsewhere"),
    "invalid_access_token_client_application": lambda: app().ask(f"GET {SP}/profiles", {"Authorization": ""}),
    "authenticated_profile_missing": lambda: decision("x", of=app(logged_in="none")),
    "authenticated_profile_expired": expired,
    "authenticated_profile_invalidated": invalidated,
    "temporary_access_duration_limit_exceeded": lambda: after_temporary("Pass", 61, {}),
    "temporary_access_resources_limit_exceeded": lambda: after_temporary("Promo", 1, IDENTITY),
    "invalid_request": lambda: {"error": document(app().emulator.handle(call("POST /o/client/token", OF_A_FORM)))["error"]},
    "invalid_redirect_uri": lambda: registered(b'{"software_statement": "x", "redirect_uri": 1}'),
    "invalid_software_statement": lambda: registered(b'{"software_statement": ""}'),
    "unapproved_software_statement": lambda: registered(registration(sub="revoked")),
    "invalid_client": lambda: app(strict=True).emulator.handle(
        call("POST /o/client/token", OF_A_FORM, b"client_id=c&client_secret=s&grant_type=client_credentials")
    ),
    "unauthorized_client": lambda: token_of("no-grant"),
    "unsupported_grant_type": lambda: app().emulator.handle(
        call("POST /o/client/token", OF_A_FORM, b"client_id=c&client_secret=s&grant_type=password")
    ),
    **{code: partial(configured, code) for code in V2 if code.startswith("invalid_configuration")},
    **{
        code: partial(decision, code)
        for code in V2
        if is_of_item(code) and V2[code].how.startswith(("the same with", "the catalogue's `resources"))
    },
}  # fmt: skip
"""How each code comes about by itself."""


def registered(content: bytes) -> Answer:
    return app().emulator.handle(call("POST /o/client/register", BARE, content))


def test_each_code_of_which_the_table_says_how_is_in_the_walk() -> None:
    told = {code for codes in (V2, REGISTRATION) for code, about in codes.items() if about.how}
    assert set(BY_ITSELF) == told


@for_each("code", [*BY_ITSELF])
def test_a_code_comes_about_as_the_table_says(code: str) -> None:
    found = BY_ITSELF[code]()
    status = found.status if isinstance(found, Answer) else None
    error = document(found) if isinstance(found, Answer) else found
    if code in REGISTRATION:
        assert error == {"error": code}
        return
    assert (error["code"], error["status"], error["action"]) == (code, V2[code].status, V2[code].action)
    assert (error["message"], error["helpUrl"]) == (V2[code].message, HELP)
    assert status in {None, V2[code].status}


@for_each("code", [*V2])
def test_any_code_of_v2_is_given_on_request(code: str) -> None:
    asked = {"X-Emulator-Status": code}
    one = app()
    answer = one.ask(f"GET {SP}/profiles", asked)
    error = document(answer)
    assert (answer.status, error["code"], error["message"]) == (V2[code].status, code, V2[code].message)
    assert (error["action"], error["status"], error["helpUrl"]) == (V2[code].action, answer.status, HELP)
    decided = one.ask(_DECISIONS, asked, body("a", "b"))
    if is_of_item(code):
        errors = [entry["error"] for entry in document(decided)["decisions"]]
        assert (decided.status, [each["code"] for each in errors]) == (200, [code, code])
    else:
        assert (decided.status, document(decided)["code"]) == (V2[code].status, code)
    page = one.emulator.handle(call("GET /api/v2/authenticate/REF30/ABCDEFG", asked))
    assert (page.status, code.encode() in page.body) == (V2[code].status, True)
    assert one.profiles() == app().profiles()


@for_each("code", [*V1])
def test_any_code_of_v1_is_given_on_request_in_each_of_its_statuses(code: str) -> None:
    for status in (0, *V1[code].statuses):
        asked = {"X-Emulator-Status": f"{code} {status}" if status else code}
        answer = app().ask("GET /api/v1/authorize?requestor=REF30&deviceId=x&resource=y", asked)
        error = document(answer)
        assert answer.status == error["status"] == (status or V1[code].status)
        assert (error["code"], error["message"], error["helpUrl"]) == (code, V1[code].message, HELP)
    assert f"<code>{code}</code>".encode() in app().ask("DELETE /api/v1/logout.xml", asked).body


@for_each("word", [*REGISTRATION])
def test_any_error_of_registration_is_given_on_request(word: str) -> None:
    for line in ("POST /o/client/register", "POST /o/client/token"):
        answer = app().ask(line, {**FORM, "X-Emulator-Status": word})
        assert (answer.status, document(answer)) == (400, {"error": word})


def test_a_code_that_only_another_api_knows_is_given_in_that_one_s_dialect() -> None:
    answer = app().ask(f"GET {SP}/profiles", {"X-Emulator-Status": "invalid_client"})
    assert document(answer) == {"error": "invalid_client"}
    answer = app().ask("DELETE /api/v1/logout", {"X-Emulator-Status": "invalid_parameter_mvpd"})
    assert document(answer)["code"] == "invalid_parameter_mvpd"

"""Single sign-on by a partner: a request for its framework, a profile of its answer, and what an app falls back to."""

from __future__ import annotations

import base64

from gateway.emulator import Catalogue, Emulator, Options
from tests.emulator.apps import REDIRECT, App
from tests.emulator.calls import document
from tests.emulator.test_codes import partner
from tests.harness.for_each import for_each

FORM = {"domainName": "adobe.com", "redirectUrl": REDIRECT}
SAML = {"SAMLResponse": base64.b64encode(b"<samlp:Response/>").decode()}


def app() -> App:
    mvpds = {
        "Dish": None,
        "Own": {"partner_sso": False},
        "Off": {"service_providers": "none"},
        "Down": {"profiles": [{"type": "degraded"}]},
        "Pass": {"profiles": [{"type": "temporary"}]},
        "Broken": {"error": "invalid_configuration_platform"},
    }
    return App(Emulator(Options(logged_in="none"), Catalogue.parse({"mvpds": mvpds})))


def test_the_framework_s_answer_becomes_a_profile_that_is_logged_out_at_the_system() -> None:
    one = app()
    session = document(one.posts("/sessions/sso/Apple", FORM, partner()))
    assert (session["actionName"], session["actionType"], session["reasonType"]) == (
        "partner_profile",
        "direct",
        "none",
    )
    assert session["url"] == "/api/v2/REF30/profiles/sso/Apple"
    assert session["authenticationRequest"]["type"] == "saml"
    assert b"AuthnRequest" in base64.b64decode(session["authenticationRequest"]["request"])

    answer = one.posts(session["url"].removeprefix("/api/v2/REF30"), SAML, partner())
    (shown,) = document(answer)["profiles"].values()
    assert (answer.status, shown["type"], shown["issuer"]) == (201, "appleSSO", "Apple")
    assert one.profiles() == {"Dish": "appleSSO"}
    again = document(one.posts("/sessions/sso/apple", FORM, partner()))
    assert (again["actionName"], again["reasonType"]) == ("authorize", "authenticatedSSO")
    assert one.logs_out("Dish") == {"actionName": "partner_logout", "actionType": "partner_interactive", "mvpd": "Dish"}
    assert one.profiles() == {}


def test_an_apple_profile_belongs_to_its_client() -> None:
    one = app()
    one.posts("/profiles/sso/Apple", SAML, partner())
    assert App(one.emulator, "another").profiles() == {}


@for_each(
    ("headers", "form", "action", "reason"),
    [
        ({}, {**FORM, "mvpd": "Dish"}, "authenticate", "pfs_fallback"),
        (partner("denied"), FORM, "authenticate", "pfs_fallback"),
        (partner("denied", id_=""), FORM, "resume", "pfs_fallback"),
        (partner(expires="1"), FORM, "authenticate", "pfs_fallback"),
        (partner(id_="Own"), FORM, "authenticate", "configuration_fallback"),
        (partner(), {"domainName": "adobe.com"}, "resume", "missing_parameters_fallback"),
        (partner(id_="Down"), FORM, "authorize", "degraded"),
    ],
)
def test_a_session_falls_back_and_says_why(
    headers: dict[str, str], form: dict[str, str], action: str, reason: str
) -> None:
    session = document(app().posts("/sessions/sso/Apple", form, headers))
    assert (session["actionName"], session["reasonType"]) == (action, reason)
    assert ("code" in session) is (action != "authorize")
    assert ("missingParameters" in session) is (action == "resume")


@for_each(
    ("headers", "form", "code"),
    [
        (partner(id_="Off"), SAML, "invalid_integration"),
        (partner(), {**SAML, "mvpd": "Own"}, "invalid_header_pfs_provider_id_mismatch"),
        (partner("restricted"), SAML, "invalid_header_pfs_permission_access_not_granted"),
        (partner(""), SAML, "invalid_header_pfs_permission_access_not_present"),
        (partner(expires="soon"), SAML, "invalid_header_pfs_provider_info_expired"),
        ({"AP-Partner-Framework-Status": "%%%"}, SAML, "invalid_header_pfs_permission_access_not_present"),
        ({"AP-Partner-Framework-Status": "W10="}, SAML, "invalid_header_pfs_permission_access_not_present"),
    ],
)
def test_a_profile_is_refused_with_the_code_of_what_is_wrong(
    headers: dict[str, str], form: dict[str, str], code: str
) -> None:
    one = app()
    assert document(one.posts("/profiles/sso/Apple", form, headers))["code"] == code
    assert one.profiles() == {}


def test_degraded_access_needs_no_answer() -> None:
    answer = app().posts("/profiles/sso/Apple", SAML, partner(id_="Down"))
    assert (answer.status, document(answer)["profiles"]["Down"]["type"]) == (200, "degraded")


def test_temporary_access_is_no_provider_of_the_partner_s() -> None:
    one = app()
    assert document(one.posts("/sessions/sso/Apple", FORM, partner(id_="Pass")))["reasonType"] == "pfs_fallback"
    refused = document(one.posts("/profiles/sso/Apple", SAML, partner(id_="Pass")))
    assert refused["code"] == "invalid_header_pfs_provider_id_not_determined"


@for_each(("mvpd", "code"), [("Off", "invalid_integration"), ("Broken", "invalid_configuration_platform")])
def test_a_session_and_a_profile_are_refused_where_the_integration_does_not_work(mvpd: str, code: str) -> None:
    one = app()
    assert document(one.posts("/sessions/sso/Apple", FORM, partner(id_=mvpd)))["code"] == code
    assert document(one.posts("/profiles/sso/Apple", SAML, partner(id_=mvpd)))["code"] == code

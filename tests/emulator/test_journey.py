"""The journey of an app: log in on a second screen, look at profiles, get decisions, log out."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import unquote, urlencode

import pytest

from gateway.core.adobe.routes import _TABLE
from gateway.emulator import Catalogue, Emulator, Options
from tests.emulator.apps import REDIRECT, SP, App, press
from tests.emulator.calls import NOW, document, header
from tests.harness.for_each import for_each

SERVICE = {"AD-Service-Token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyLTEifQ.x"}
NEXT_SERVICE = {"AD-Service-Token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyLTEiLCJqdGkiOjJ9.y"}
AMAZON = {"Adobe-Subject-Token": "opaque-token-of-the-platform"}


def nobody(**options: Any) -> Emulator:
    """Return an emulator at which nobody is logged in."""
    return Emulator(Options(logged_in="none", **options), clock=lambda: NOW)


def test_an_app_logs_in_by_code_watches_and_logs_out() -> None:
    app = App(nobody(strict=True))
    assert app.profiles() == {}
    session = app.session()
    assert session == {
        "actionName": "authenticate",
        "actionType": "interactive",
        "reasonType": "none",
        "url": f"/api/v2/authenticate/REF30/{session['code']}",
        "code": session["code"],
        "sessionId": session["sessionId"],
        "mvpd": "Cablevision",
        "serviceProvider": "REF30",
        "notBefore": str(int(NOW * 1000)),
        "notAfter": str(int(NOW * 1000) + 1_800_000),
    }
    by_code = f"GET {SP}/profiles/code/{session['code']}"
    assert document(app.ask(by_code)) == {"profiles": {}}
    assert press(app, session["url"]) == REDIRECT
    (shown,) = document(app.ask(by_code))["profiles"].values()
    assert (shown["type"], shown["issuer"]) == ("regular", "Cablevision")
    assert app.profiles() == {"Cablevision": "regular"}
    assert document(app.ask(f"GET {SP}/profiles/Cablevision"))["profiles"]["Cablevision"] == shown

    (decision,) = app.decides("preauthorize", "REF30")
    assert decision == {
        "resource": "REF30",
        "serviceProvider": "REF30",
        "mvpd": "Cablevision",
        "source": "mvpd",
        "authorized": True,
    }
    (decision,) = app.decides("authorize", "REF30")
    assert decision["token"]["notAfter"] > decision["token"]["notBefore"] == int(NOW * 1000)
    assert decision["notAfter"] > decision["notBefore"]

    entry = app.logs_out()
    assert (entry["actionName"], entry["actionType"]) == ("logout", "interactive")
    gone = app.browse(entry["url"])
    assert (gone.status, header(gone, "Location")) == (302, [REDIRECT])
    assert app.profiles() == {}
    assert app.logs_out()["actionName"] == "invalid"


def test_what_the_device_cannot_say_the_second_screen_does() -> None:
    app, phone = App(nobody()), App(nobody(), "phone", "phone-1")
    phone.emulator = app.emulator
    session = app.session(mvpd="", domainName="", redirectUrl="")
    assert (session["actionName"], session["actionType"]) == ("resume", "direct")
    assert session["missingParameters"] == ["mvpd", "domainName", "redirectUrl"]
    assert session["url"] == f"{SP}/sessions/{session['code']}"
    assert app.browse(f"/api/v2/authenticate/REF30/{session['code']}").status == 400

    known = document(phone.ask(f"GET {session['url']}"))
    assert known["existingParameters"] == {"serviceProvider": "REF30"}
    assert known["device"]["operatingSystem"]["name"] == "tvOS"
    assert known["device"]["connection"]["ipAddress"] == "192.0.2.1"
    path = session["url"].removeprefix(SP)
    halfway = document(phone.posts(path, {"mvpd": "Dish"}))
    assert (halfway["actionName"], halfway["missingParameters"]) == ("resume", ["domainName", "redirectUrl"])
    done = document(phone.posts(path, {"domainName": "adobe.com", "redirectUrl": REDIRECT}))
    assert (done["actionName"], done["mvpd"], done["code"]) == ("authenticate", "Dish", session["code"])
    assert "missingParameters" not in document(phone.ask(f"GET {session['url']}"))

    assert press(phone, done["url"]) == REDIRECT
    assert app.profiles() == {"Dish": "regular"}
    assert phone.profiles() == {}


def test_with_auto_login_the_page_sends_the_browser_on_at_once() -> None:
    app = App(nobody(auto_login=True))
    answer = app.browse(app.session()["url"])
    assert (answer.status, header(answer, "Location")) == (302, [REDIRECT])
    assert app.profiles() == {"Cablevision": "regular"}


def test_a_login_belongs_to_its_client_and_device() -> None:
    """Why the gateway's own client finds no profile of an app's user (RW001)."""
    app = App(nobody())
    app.log_in()
    for other in (App(app.emulator, "gateway"), App(app.emulator, "app", "tv-2")):
        assert other.profiles() == {}
        assert other.logs_out()["actionName"] == "invalid"
    assert app.profiles() == {"Cablevision": "regular"}


def test_a_code_is_good_for_half_an_hour() -> None:
    app = App(nobody())
    session = app.session()
    app.now += 1_801
    for line in (f"GET {SP}/sessions/{session['code']}", f"GET {SP}/profiles/code/{session['code']}"):
        assert document(app.ask(line))["code"] == "invalid_authentication_session"
    page = app.browse(session["url"])
    assert (page.status, header(page, "Content-Type")) == (400, ["text/html;charset=UTF-8"])


def test_after_a_logout_the_code_shows_nothing_and_its_page_logs_in_again() -> None:
    app = App(nobody())
    code = app.log_in()
    app.logs_out()
    assert document(app.ask(f"GET {SP}/profiles/code/{code}")) == {"profiles": {}}
    press(app, f"/api/v2/authenticate/REF30/{code}")
    assert app.profiles() == {"Cablevision": "regular"}


def test_a_session_that_is_resumed_where_the_device_is_logged_in_goes_on_to_the_decisions() -> None:
    app = App(nobody())
    path = app.session(mvpd="")["url"].removeprefix(SP)
    app.log_in()
    phone = App(app.emulator, "phone", "phone-1")
    resumed = document(phone.posts(path, {"mvpd": "Cablevision"}))
    assert (resumed["actionName"], resumed["reasonType"]) == ("authorize", "authenticated")
    assert document(phone.posts(path, {"mvpd": "Dish"}))["actionName"] == "authenticate"


@for_each("line", [f"{method} {path}" for path, route in _TABLE for method in sorted(route.methods)])
def test_every_route_that_the_checks_know_is_emulated(line: str) -> None:
    method, _, pattern = line.partition(" ")
    filled = {"{sp}": "REF30", "{code}": "ABCDEFG", "{mvpd}": "Dish", "{partner}": "Apple"}
    for name, value in filled.items():
        pattern = pattern.replace(name, value)
    alternatives = re.findall(r"\{([^{}]*)\}", pattern)
    paths = [pattern]
    for each in alternatives:
        paths = [path.replace(f"{{{each}}}", text, 1) for path in paths for text in each.split(",")]
    for path in paths:
        assert App(Emulator()).ask(f"{method} {path}").status not in {405, 501}


def test_a_device_that_says_nonsense_is_shown_without_it() -> None:
    app = App(nobody())
    app.headers["X-Device-Info"] = base64.b64encode(
        b'{"displayWidth": NaN, "displayHeight": 1e999, "osVersion": "x.9", "model": [1]}'
    ).decode()
    block = document(app.ask(f"GET {app.session(mvpd='')['url']}"))["device"]
    assert (block["display"]["width"], block["display"]["height"], block["model"]) == (0, 0, None)
    assert block["operatingSystem"]["version"]["minor"] == 9


def test_pressing_twice_is_one_login() -> None:
    app = App(nobody())
    session = app.session()
    assert press(app, session["url"]) == press(app, session["url"]) == REDIRECT
    assert app.logs_out()["actionName"] == "logout"
    assert app.profiles() == {}


@for_each(
    ("mvpd", "headers", "reason"),
    [
        ("Dish", {}, "authenticated"),
        ("Spectrum", SERVICE, "authenticatedSSO"),
        ("Comcast_SSO", AMAZON, "authenticatedSSO"),
        ("ATTOTT", {}, "degraded"),
        ("${degradedMvpd}", {}, "degraded"),
        ("TempPass_5mins", {}, "temporary"),
    ],
)
def test_who_is_logged_in_goes_on_to_the_decisions(mvpd: str, headers: dict[str, str], reason: str) -> None:
    session = App(Emulator()).session(headers, mvpd=mvpd)
    assert (session["actionName"], session["actionType"], session["reasonType"]) == ("authorize", "direct", reason)
    assert session["url"] == f"{SP}/decisions/authorize/{session['mvpd']}"
    assert "code" not in session


@for_each(
    ("form", "code"),
    [
        ({"mvpd": "Nobody"}, "invalid_parameter_mvpd"),
        ({"redirectUrl": "x" * 3_000}, "invalid_parameter_redirect_url"),
        ({"mvpd": "Dish&mvpd=Dish"}, "invalid_parameter_mvpd"),
    ],
)
def test_a_session_with_a_bad_parameter_is_refused(form: dict[str, str], code: str) -> None:
    assert App(nobody()).session(None, **form)["code"] == code


@for_each("headers", [SERVICE, AMAZON])
def test_single_sign_on_shows_a_login_to_another_app_and_ends_for_both(headers: dict[str, str]) -> None:
    """Single logout flow: the regular and the single sign-on profiles go in one call."""
    type_ = "serviceTokenSSO" if headers is SERVICE else "platformSSO"
    first, second = App(nobody(), "first"), App(nobody(), "second")
    second.emulator = first.emulator
    first.log_in(headers=headers)
    assert first.profiles(headers) == {"Cablevision": "regular"}
    assert second.profiles() == {}
    assert second.profiles(headers) == {"Cablevision": type_}
    assert second.decides("authorize", "x", headers=headers)[0]["authorized"]

    assert second.logs_out(headers=headers)["actionName"] == "logout"
    assert second.profiles(headers) == first.profiles(headers) == first.profiles() == {}
    assert first.decides("authorize", "x")[0]["error"]["code"] == "authenticated_profile_invalidated"


def test_a_new_token_of_the_same_user_is_the_same_identity() -> None:
    first, second = App(nobody(), "first"), App(nobody(), "second")
    second.emulator = first.emulator
    first.log_in(headers=SERVICE)
    assert second.profiles(NEXT_SERVICE) == {"Cablevision": "serviceTokenSSO"}


def test_a_logout_without_the_header_leaves_the_single_sign_on() -> None:
    app = App(nobody())
    app.log_in(headers=SERVICE)
    assert app.logs_out()["actionName"] == "logout"
    assert app.profiles() == {}
    assert app.profiles(SERVICE) == {"Cablevision": "serviceTokenSSO"}
    app.logs_out(headers=SERVICE)
    assert app.profiles(SERVICE) == {}


def test_regular_and_single_sign_on_profiles_go_in_one_call() -> None:
    emulator = Emulator(
        catalogue=Catalogue.parse(
            {"mvpds": {"Dish": {"profiles": [{"type": "regular"}, {"type": "serviceTokenSSO", "logout_url": "/x"}]}}}
        )
    )
    app = App(emulator)
    assert app.logs_out("Dish", SERVICE) == {
        "actionName": "logout",
        "actionType": "interactive",
        "mvpd": "Dish",
        "url": "/x",
    }
    assert app.logs_out("Dish", SERVICE)["actionName"] == "invalid"


def test_a_profile_expires_and_the_decision_says_so() -> None:
    app = App(nobody())
    app.emulator.setting.log_in("tv-1", "Cablevision", lasts=60)
    assert app.profiles() == {"Cablevision": "regular"}
    app.now += 61
    assert app.profiles() == {}
    assert app.decides("authorize", "x")[0]["error"]["code"] == "authenticated_profile_expired"


def test_the_browser_s_logout_of_single_sign_on_ends_at_the_app_too() -> None:
    """Its URL has no redirect_url; the pseudonym in it leads to the logout's."""
    app = App(Emulator())
    url = app.logs_out("Spectrum", SERVICE)["url"]
    assert "redirect_url" not in url
    assert header(app.browse(url), "Location") == [REDIRECT]
    assert app.browse("/adobe-services/logout?pt_device_id=unknown&mso_id=<b>").status == 200
    assert b"<b>" not in app.browse("/adobe-services/logout?mso_id=<b>").body


def test_a_location_can_be_sent_whatever_a_client_wrote() -> None:
    answer = App(Emulator()).browse("/adobe-services/logout?redirect_url=app://x%0d%0aSet-Cookie:%20a=b%ff")
    assert header(answer, "Location") == ["app://x%0D%0ASet-Cookie:%20a=b%FF"]


def test_the_configuration_lists_active_mvpds() -> None:
    catalogue = {
        "mvpds": {
            "Dish": {"name": "DISH"},
            "Off": {"service_providers": "none"},
            "Pass": {"profiles": [{"type": "temporary"}]},
        }
    }
    app = App(Emulator(catalogue=Catalogue.parse(catalogue)))
    for path in ("/configuration", "/configuration/"):
        requestor = document(app.ask(f"GET {SP}{path}"))["requestor"]
        assert requestor["id"] == "REF30"
        assert [mvpd["id"] for mvpd in requestor["mvpds"]] == ["Dish", "Pass"]
        assert requestor["mvpds"][0]["displayName"] == "DISH"
        assert requestor["mvpds"][1]["isTempPass"] is True
    assert document(app.ask("GET /api/v1/config/REF30"))["requestor"] == requestor
    assert b"<mvpd><id>Dish</id>" in app.ask("GET /api/v1/config/REF30?format=xml").body


def test_the_page_shows_nothing_that_a_client_wrote_as_markup() -> None:
    app = App(nobody())
    url = app.session()["url"]
    page = app.browse(f"{url}?x=%22%3E%3Cscript%3E")
    assert b"<script" not in page.body
    assert b"&lt;script&gt;" in page.body


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"resources": []}', b'{"resources": "x"}', b'{"resources": [""]}', b"[" * 9_000]
)
def test_a_decision_wants_resources(content: bytes) -> None:
    app = App(Emulator())
    answer = app.ask(f"POST {SP}/decisions/authorize/Dish", {"Content-Type": "application/json"}, content)
    assert document(answer)["code"] == "invalid_parameter_resources"
    assert json.loads(answer.body)["status"] == answer.status == 400


def test_names_and_addresses_in_any_language_come_back_as_they_were_sent() -> None:
    there = Catalogue.parse({"mvpds": {"Télé 2": None}, "resources": {"Été": "deny"}})
    app = App(Emulator(Options(logged_in="none", strict=True), there, clock=lambda: NOW))
    url = "https://exämple.test/é?ü=ö#ß"
    session = app.session(mvpd="Télé 2", domainName="exämple.test", redirectUrl=url)
    assert session["mvpd"] == "Télé 2"
    shown = document(app.ask(f"GET {SP}/sessions/{session['code']}"))["existingParameters"]
    assert (shown["domainName"], shown["redirectUrl"]) == ("exämple.test", url)
    location = press(app, session["url"])
    assert location.isascii()
    assert unquote(location) == url
    assert app.profiles() == {"Télé 2": "regular"}
    direct = app.session(mvpd="Télé 2")
    assert direct["url"] == f"{SP}/decisions/authorize/T%C3%A9l%C3%A9%202"
    (decision,) = app.decides("authorize", "Été", mvpd="T%C3%A9l%C3%A9%202")
    assert (decision["mvpd"], decision["error"]["code"]) == ("Télé 2", "authorization_denied_by_mvpd")


def test_bytes_that_are_no_text_come_back_as_they_were_sent() -> None:
    app = App(nobody())
    answer = app.ask(
        f"POST {SP}/sessions", body=b"mvpd=Dish&domainName=x&redirectUrl=https%3A%2F%2Fx.test%2F%E9\xff%C3%A9"
    )
    assert press(app, document(answer)["url"]) == "https://x.test/%E9%FF%C3%A9"


def test_the_button_of_v1_s_login_page_leads_to_an_address_in_any_language() -> None:
    app = App(nobody())
    code = document(app.ask("POST /reggie/v1/REF30/regcode?deviceId=t%C3%A9l%C3%A9-1"))["code"]
    given = {"requestor_id": "REF30", "mso_id": "Dish", "reg_code": code, "redirect_url": "https://x.test/é"}
    assert press(app, f"/api/v1/authenticate?{urlencode(given)}") == "https://x.test/%C3%A9"
    assert app.ask("GET /api/v1/checkauthn?requestor=REF30&deviceId=t%C3%A9l%C3%A9-1").status == 200
    denied = document(app.ask("GET /api/v1/authorize?requestor=REF30&deviceId=t%C3%A9l%C3%A9-1&resource=%C3%89t%C3%A9"))
    assert denied["resource"] == "Été"


def test_a_session_that_is_resumed_for_another_mvpd_logs_in_there() -> None:
    app = App(nobody())
    code = app.log_in("Dish")
    document(app.posts(f"/sessions/{code}", {"mvpd": "Cablevision"}))
    assert document(app.ask(f"GET {SP}/profiles/code/{code}")) == {"profiles": {}}
    press(app, f"/api/v2/authenticate/REF30/{code}")
    assert [*document(app.ask(f"GET {SP}/profiles/code/{code}"))["profiles"]] == ["Cablevision"]
    assert app.profiles() == {"Cablevision": "regular", "Dish": "regular"}

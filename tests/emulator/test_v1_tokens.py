"""The journey of a v1 app: a registration code, a login on a second screen, tokens, and a logout."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

from gateway.emulator import Answer, Catalogue, Emulator, Options
from tests.emulator.apps import REDIRECT, App, press
from tests.emulator.calls import document, header
from tests.harness.for_each import for_each

MVPDS = {
    "Dish": {"profiles": [{"type": "regular", "attributes": {"zip": ["12345"], "maxRating": {"VCHIP": "TV-PG"}}}]},
    "Pass": {"profiles": [{"type": "temporary", "lasts": 60}]},
    "Off": {"service_providers": "none"},
    "Off Pass": {"service_providers": "none", "profiles": [{"type": "temporary"}]},
}
RESOURCES = {"Premium": "deny", "Film": {"rating": "TV-MA"}, "Home": "identity_not_recognized_by_mvpd"}


class OldApp(App):
    """An app that speaks v1."""

    def v1(self, line: str, **given: str) -> Answer:
        """Send a call with v1's parameters in its query."""
        query = {"requestor": "REF30", "deviceId": self.name, **given}
        return self.ask(f"{line}?{urlencode({key: value for key, value in query.items() if value})}")

    def regcode(self, **given: str) -> Any:
        return document(self.v1("POST /reggie/v1/REF30/regcode", requestor="", **given))

    def page(self, code: str, mvpd: str = "Dish") -> str:
        given = {
            "requestor_id": "REF30",
            "mso_id": mvpd,
            "reg_code": code,
            "domain_name": "x",
            "noflash": "true",
            "redirect_url": REDIRECT,
        }
        return f"/api/v1/authenticate?{urlencode(given)}"

    def logs_in(self) -> str:
        code = str(self.regcode()["code"])
        assert press(self, self.page(code)) == REDIRECT
        return code


def app(logged_in: str = "none", **options: Any) -> OldApp:
    catalogue = Catalogue.parse({"mvpds": MVPDS, "resources": RESOURCES})
    return OldApp(Emulator(Options(logged_in=logged_in, **options), catalogue))


def test_an_old_app_logs_in_watches_and_logs_out() -> None:
    one = app(strict=True)
    assert one.v1("GET /api/v1/checkauthn").status == 403
    record = one.regcode()
    assert record["requestor"] == "REF30"
    assert base64.b64decode(record["info"]["deviceId"]) == b"tv-1"
    assert json.loads(base64.b64decode(record["info"]["deviceInfo"]))["operatingSystem"]["name"] == "tvOS"
    assert record["expires"] - record["generated"] == 1_800_000
    shown = document(one.ask(f"GET /reggie/v1/REF30/regcode/{record['code']}"))
    assert shown == record
    by_code = f"GET /api/v1/checkauthn/{record['code']}?requestor=REF30"
    assert one.ask(by_code).status == 403
    assert press(one, one.page(record["code"])) == REDIRECT
    assert (one.ask(by_code).status, one.v1("GET /api/v1/checkauthn").status) == (200, 200)

    token = document(one.v1("GET /api/v1/tokens/authn"))
    assert list(token) == ["requestor", "mvpd", "userId", "expires"]
    assert (token["requestor"], token["mvpd"]) == ("REF30", "Dish")
    assert document(one.v1("GET /api/v1/tokens/usermetadata"))["data"]["zip"] == ["12345"]

    assert one.v1("GET /api/v1/tokens/authz", resource="News").status == 404
    assert one.v1("GET /api/v1/tokens/media", resource="News").status == 403
    authorized = document(one.v1("GET /api/v1/authorize", resource="News"))
    assert (authorized["mvpd"], authorized["resource"]) == ("Dish", "News")
    assert document(one.v1("GET /api/v1/tokens/authz", resource="News")) == authorized
    for path in ("/api/v1/mediatoken", "/api/v1/tokens/media.json"):
        media = document(one.v1(f"GET {path}", resource="News"))
        assert media["mvpdId"] == "Dish"
        assert media["serializedToken"].startswith("PHNpZ25hdHVyZUluZm8+")

    assert one.v1("DELETE /api/v1/logout").status == 204
    assert one.v1("GET /api/v1/checkauthn").status == 403
    assert one.v1("GET /api/v1/tokens/authn").status == 404
    assert one.v1("GET /api/v1/tokens/authz", resource="News").status == 412
    assert one.v1("GET /api/v1/tokens/usermetadata").status == 412


def test_v1_and_v2_do_not_see_each_other_s_logins() -> None:
    one = app()
    one.logs_in()
    assert one.profiles() == {}
    assert one.logs_out("Dish")["actionName"] == "invalid"
    assert one.v1("GET /api/v1/checkauthn").status == 200
    other = app()
    other.log_in("Dish")
    assert other.v1("GET /api/v1/checkauthn").status == 403
    assert other.v1("DELETE /api/v1/logout").status == 204
    assert other.profiles() == {"Dish": "regular"}


def test_a_device_starts_with_one_login_of_v1() -> None:
    one = app("all")
    assert document(one.v1("GET /api/v1/tokens/authn"))["mvpd"] == "Dish"
    one.v1("DELETE /api/v1/logout", requestor="")
    assert one.v1("GET /api/v1/checkauthn").status == 403


def test_a_list_of_resources_has_its_denials_inside() -> None:
    one = app("all")
    resources = document(one.v1("GET /api/v1/preauthorize", resource="News,Premium,Film,Home"))["resources"]
    codes = [each.get("error", {}).get("code") for each in resources]
    assert codes == [
        None,
        "authorization_denied_by_mvpd",
        "authorization_denied_by_parental_controls",
        "identity_not_recognized_by_mvpd",
    ]
    assert [each["authorized"] for each in resources] == [True, False, False, False]
    xml = one.v1("GET /api/v1/preauthorize.xml", resource="News").body
    assert b"<resources><resource><id>News</id><authorized>true</authorized></resource></resources>" in xml
    code = one.regcode()["code"]
    assert document(one.ask(f"GET /api/v1/preauthorize/{code}?requestor=REF30&resource=News"))["resources"][0][
        "authorized"
    ]
    assert one.ask("GET /api/v1/preauthorize/NOCODE1?requestor=REF30&resource=News").status == 412
    assert app().v1("GET /api/v1/preauthorize", resource="News").status == 412
    assert one.v1("GET /api/v1/preauthorize", resource="a,b,c,d,e,f").status == 403


def test_a_denied_resource_is_told_with_the_mvpd_s_sentence() -> None:
    one = app("all")
    error = document(one.v1("GET /api/v1/authorize", resource="Premium"))
    assert (error["status"], error["message"]) == (403, "User not authorized")
    assert 'the "Premium" channel' in error["details"]
    assert document(app().v1("GET /api/v1/authorize", resource="News"))["message"] == "User not authenticated"


@for_each(
    ("given", "details"),
    [
        ({"deviceId": ""}, "The parameter deviceId is missing"),
        ({"ttl": "36001"}, "ttl is more than 36000"),
        ({"ttl": "soon"}, "ttl is more than 36000"),
        ({"mvpd": "Nobody"}, "The MVPD does not exist, or its integration"),
        ({"device_info": "%%"}, "The device information is not Base64"),
        ({"deviceId": "", "mvpd": "Dish"}, "The parameter deviceId is missing"),
    ],
)
def test_a_registration_code_is_refused_in_v1_s_words(given: dict[str, str], details: str) -> None:
    error = app().regcode(**given)
    assert (error["status"], error["message"]) == (400, "Bad Request")
    assert error["details"].startswith(details)


def test_a_code_ends_with_its_time_or_is_deleted() -> None:
    one = app()
    code = one.regcode(ttl="60")["code"]
    xml = one.ask(f"GET /reggie/v1/REF30/regcode/{code}?format=xml")
    assert header(xml, "Content-Type") == ["application/xml;charset=UTF-8"]
    assert b'<ns2:regcode xmlns:ns2="model.mvc.reggie.pass.adobe.com"><id>' in xml.body
    assert xml.body.endswith(b"</ns2:regcode>\n")
    one.now += 60
    assert one.ask(f"GET /reggie/v1/REF30/regcode/{code}").status == 404
    assert one.browse(one.page(code)).status == 400
    code = one.regcode()["code"]
    assert one.ask(f"DELETE /reggie/v1/REF30/regcode/{code}").status == 204
    assert one.ask(f"DELETE /reggie/v1/REF30/regcode/{code}").status == 404


def test_temporary_access_begins_without_a_second_screen() -> None:
    one = app()
    given = {"requestor": "", "requestor_id": "REF30", "domain_name": "x"}
    assert one.v1("POST /api/v1/authenticate/freepreview", **given, mso_id="Dish").status == 400
    assert one.v1("POST /api/v1/authenticate/freepreview", **given, mso_id="Pass").status == 204
    assert document(one.v1("GET /api/v1/tokens/authn"))["mvpd"] == "Pass"
    one.now += 60
    assert one.v1("GET /api/v1/tokens/authn").status == 410
    assert document(one.v1("GET /api/v1/checkauthn"))["message"] == "Authentication token expired"


def test_a_platform_s_profile_is_exchanged() -> None:
    one = app()
    request = one.ask("GET /api/v1/REF30/profile-requests/Dish?deviceType=tvOS")
    assert (request.status, header(request, "Content-Type")) == (200, ["application/octet-stream"])
    assert one.ask("GET /api/v1/REF30/profile-requests/Dish?deviceType=Roku").status == 400
    assert one.v1("POST /api/v1/tokens/authn", mvpd="Dish").status == 400
    assert one.v1("POST /api/v1/tokens/authn", mvpd="Nobody", SAMLResponse="x").status == 400
    assert one.v1("POST /api/v1/tokens/authn", mvpd="Dish", SAMLResponse="x").status == 204
    assert one.v1("GET /api/v1/checkauthn").status == 200


def test_strict_wants_an_authorization_and_each_parameter_once() -> None:
    one = app("all", strict=True)
    one.headers["Authorization"] = ""
    assert one.v1("GET /api/v1/checkauthn").status == 401
    one.headers["Authorization"] = "GET requestor_id=REF30, nonce=x"
    assert one.v1("GET /api/v1/checkauthn").status == 200
    assert one.ask("GET /api/v1/checkauthn?requestor=REF30&deviceId=a&deviceId=b").status == 400


def test_an_mvpd_whose_integration_is_switched_off_logs_nobody_in() -> None:
    one = app()
    assert "its integration" in one.regcode(mvpd="Off")["details"]
    code = one.regcode()["code"]
    assert (one.browse(one.page(code, "Off")).status, one.browse(one.page(code)).status) == (400, 200)
    assert one.v1("POST /api/v1/tokens/authn", mvpd="Off", SAMLResponse="x").status == 400
    preview = {"requestor_id": "REF30", "mso_id": "Off Pass", "domain_name": "x"}
    assert one.v1("POST /api/v1/authenticate/freepreview", **preview).status == 400


def test_an_authorization_ends_with_its_login() -> None:
    one = app()
    preview = {"requestor_id": "REF30", "mso_id": "Pass", "domain_name": "x"}
    assert one.v1("POST /api/v1/authenticate/freepreview", **preview).status == 204
    granted = document(one.v1("GET /api/v1/authorize", resource="Any"))
    assert granted["expires"] == str(int((one.now + 60) * 1000))

"""Calls of well-made apps: of none is there an error or a warning, alone and as the journey of its app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from gateway.core.adobe.routes import place_of
from gateway.core.audit import Audit
from gateway.core.checks import CHECKS
from tests.core.checks.apps import APPS, asked
from tests.core.checks.calls import AT, answer, b64, jwt
from tests.harness.for_each import for_each

AUDIT = Audit(CHECKS)
BYE = "?redirectUrl=https%3A%2F%2Fwww.example.com%2Fbye"
V2 = "/api/v2/REF30"
OF_V1 = "requestor=REF30&deviceId={device}"
ECID = "20265673158980419722735089753036633573"
STATEMENT = b'{"software_statement":"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}'
CLIENT = b"client_id=c4fc3e7e-12d9&client_secret=7d8c-11ee&grant_type=client_credentials"
SESSION = b"mvpd=Cablevision&domainName=example.com&redirectUrl=https%3A%2F%2Fwww.example.com%2Fin"
RESOURCES = b'{"resources":["REF30"]}'
GRANTED = b64(
    '{"frameworkPermissionInfo":{"accessStatus":"granted"},'
    '"frameworkProviderInfo":{"id":"com.cablevision","expirationDate":"2000000000000"}}'
)
SERVICE = jwt(iss="https://sso.example.com", sub="5f4dcc3b5aa765d6", aud="adobe", iat=1_699_999_000)
HASHED = b64('{"user":"5f4dcc3b5aa765d61d8327deb882cf99"}')
JSON_UTF8 = "application/json;charset=utf-8"


class Row(NamedTuple):
    """One call."""

    app: str
    says: str
    line: str
    changes: Mapping[str, str | None] = {}
    body: bytes = b""
    accept: str | None = None


TABLE: tuple[Row, ...] = (
    # --- Roku
    Row("roku", "registers", "POST /o/client/register", {}, STATEMENT),
    Row("roku", "configuration", f"GET {V2}/configuration"),
    Row("roku-snippet", "configuration, as the page's sample spells it", f"GET {V2}/configuration/"),
    Row("roku", "session for a second screen", f"POST {V2}/sessions", {}, SESSION, JSON_UTF8),
    Row("roku", "polls by code", f"GET {V2}/profiles/code/AB12CD3"),
    Row("roku", "decision before playback", f"POST {V2}/decisions/authorize/Cablevision", {}, RESOURCES, "application/json"),
    Row("roku", "logs out", f"GET {V2}/logout/Cablevision{BYE}", {}, b"", JSON_UTF8),
    Row("roku-snippet", "fetches a token", "POST /o/client/token", {}, CLIENT),
    Row("roku-snippet", "profiles", f"GET {V2}/profiles", {}, b"", "application/json"),
    Row("roku-snippet", "logs out of Dish", f"GET {V2}/logout/Dish?redirectUrl=https%3A%2F%2Fexample.com%2Fout%3Ffrom%3Droku"),
    # --- tvOS and iPadOS
    Row("tvos", "registers", "POST /o/client/register", {"X-Device-Info": None}, STATEMENT),
    Row("tvos", "configuration without the device's headers", f"GET {V2}/configuration", {"AP-Device-Identifier": None, "X-Device-Info": None}),
    Row("tvos", "partner's session", f"POST {V2}/sessions/sso/Apple", {"AP-Partner-Framework-Status": GRANTED}, b"domainName=example.com&redirectUrl=ref30%3A%2F%2F"),
    Row("tvos", "partner's profile", f"POST {V2}/profiles/sso/Apple", {"AP-Partner-Framework-Status": GRANTED}, b"SAMLResponse=PHNhbWw%2BPC9zYW1sPg%3D%3D"),
    Row("tvos", "profiles with the partner's status", f"GET {V2}/profiles", {"AP-Partner-Framework-Status": GRANTED}),
    Row("tvos", "preauthorizes", f"POST {V2}/decisions/preauthorize/Cablevision", {"AP-Partner-Framework-Status": GRANTED, "Content-Type": "application/json"}, RESOURCES),
    Row("tvos", "logs out, with the scheme that the dashboard gives", f"GET {V2}/logout/Cablevision?redirectUrl=adbe.Zm9vYmFyYmF6cXV4MTIzNA%3A%2F%2F"),
    Row("tvos-snippet", "session", f"POST {V2}/sessions", {}, SESSION),
    Row("tvos-snippet", "one profile", f"GET {V2}/profiles/Cablevision", {}, b"", "application/json"),
    Row("tvos-snippet", "logs out with a private scheme", f"GET {V2}/logout/Cablevision?redirectUrl=com.example.ref30%3A%2Fbye"),
    Row("ipados", "fetches a token", "POST /o/client/token", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, CLIENT),
    Row("ipados", "decision with the visitor's id", f"POST {V2}/decisions/authorize/Dish", {"AP-Visitor-Identifier": ECID}, RESOURCES),
    Row("ipados", "logs out with the visitor's id", f"GET {V2}/logout/Dish{BYE}", {"AP-Visitor-Identifier": ECID}),
    # --- Fire TV
    Row("firetv", "registers", "POST /o/client/register", {"Content-Type": "application/json; charset=utf-8"}, STATEMENT),
    Row("firetv", "configuration, with Amazon's token", f"GET {V2}/configuration"),
    Row("firetv", "session", f"POST {V2}/sessions", {"AP-Visitor-Identifier": ECID}, SESSION),
    Row("firetv", "polls, with Amazon's token", f"GET {V2}/profiles/code/ZX98YW7"),
    Row("firetv", "profiles found by Amazon's token", f"GET {V2}/profiles"),
    Row("firetv", "preauthorizes", f"POST {V2}/decisions/preauthorize/Comcast_SSO", {"Content-Type": "application/json; charset=utf-8"}, RESOURCES),
    Row("firetv", "single logout", f"GET {V2}/logout/Comcast_SSO{BYE}", {}, b"", "application/json"),
    Row("firetv-dalvik", "one profile", f"GET {V2}/profiles/Spectrum_SSO", {"X-Device-Info": b64('{"model":"AFTKA","version":"kara","osName":"Android","osVersion":"9","connectionType":"WIFI","connectionIp":"93.184.216.34","connectionPort":"53124"}')}),
    Row("firetv-dalvik", "v1's registration code", "POST /reggie/v1/REF30/regcode?deviceId={device}"),
    # --- Android TV
    Row("androidtv", "fetches a token", "POST /o/client/token", {}, CLIENT),
    Row("androidtv", "session without an MVPD", f"POST {V2}/sessions", {}, b"domainName=example.com"),
    Row("androidtv", "resumes it", f"POST {V2}/sessions/QW34ER5", {}, SESSION),
    Row("androidtv", "promotional temporary pass", f"POST {V2}/decisions/authorize/TempPass_promo", {"AP-TempPass-Identity": HASHED}, RESOURCES),
    Row("androidtv", "its profile", f"GET {V2}/profiles/TempPass_promo", {"AP-TempPass-Identity": HASHED}),
    Row("androidtv-ktor", "profiles", f"GET {V2}/profiles"),
    Row("androidtv-ktor", "logs out with an opaque token", f"GET {V2}/logout/Cablevision?redirectUrl=ref30%3A%2F%2Fbye", {"Authorization": "Bearer 2YotnFZFEjr1zCsicMWpAA"}),
    # --- Xbox
    Row("xbox", "configuration", f"GET {V2}/configuration"),
    Row("xbox", "told of a session", f"GET {V2}/sessions/TY56UI7"),
    Row("xbox", "decision, the service's token with it", f"POST {V2}/decisions/authorize/Cablevision", {"AD-Service-Token": SERVICE}, RESOURCES),
    Row("xbox", "logout, the service's token with it", f"GET {V2}/logout/Cablevision{BYE}", {"AD-Service-Token": SERVICE}),
    Row("xbox-web", "one profile", f"GET {V2}/profiles/Dish"),
    Row("xbox-web", "logs out", f"GET {V2}/logout/Dish?redirectUrl=https%3A%2F%2Ftv.example.com%2Fxbox%2Fbye"),
    # --- Tizen
    Row("tizen", "session", f"POST {V2}/sessions", {}, SESSION),
    Row("tizen", "polls", f"GET {V2}/profiles/code/OP67AS8"),
    Row("tizen", "decision, as axios writes it", f"POST {V2}/decisions/authorize/DTV", {"Content-Type": "application/json"}, RESOURCES),
    Row("tizen", "logs out", f"GET {V2}/logout/DTV{BYE}"),
    Row("tizen-family", "profiles", f"GET {V2}/profiles"),
    # --- webOS
    Row("webos", "registers", "POST /o/client/register", {"Content-Type": "application/json"}, STATEMENT),
    Row("webos", "preauthorizes", f"POST {V2}/decisions/preauthorize/ATTOTT", {}, RESOURCES),
    Row("webos", "logs out", f"GET {V2}/logout/ATTOTT{BYE}", {}, b"", JSON_UTF8),
    Row("webos", "v1's authentication by code", "GET /api/v1/checkauthn/DF78GH9?requestor=REF30"),
    # --- browsers
    Row("chrome", "logs in", "GET /api/v2/authenticate/REF30/AB12CD3", {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}),
    Row("chrome", "types a code in", f"GET {V2}/sessions/AB12CD3", {"AP-Device-Identifier": None}),
    Row("chrome", "profiles", f"GET {V2}/profiles"),
    Row("chrome", "logs out", f"GET {V2}/logout/Cablevision{BYE}"),
    Row("extension", "one profile", f"GET {V2}/profiles/Cablevision"),
    Row("extension", "logs out", f"GET {V2}/logout/Cablevision?redirectUrl=https%3A%2F%2Fwww.example.com%2F%23out"),
    Row("firefox", "resumes a session of a television", f"POST {V2}/sessions/JK89LZ1", {}, SESSION),
    Row("firefox", "v1's login page", "GET /api/v1/authenticate?requestor_id=REF30&mso_id=Dish&reg_code=DF78GH9&noflash=true&redirect_url=https%3A%2F%2Fexample.com", {"Accept": "text/html", "Authorization": None}),
    # --- servers that call for devices
    Row("node", "fetches a token for a device", "POST /o/client/token", {}, CLIENT),
    Row("node", "one profile for a device of Spectrum's", f"GET {V2}/profiles/Spectrum"),
    Row("node", "logs a device out of Spectrum", f"GET {V2}/logout/Spectrum{BYE}"),
    Row("java", "session for a Roku", f"POST {V2}/sessions", {}, SESSION),
    Row("java", "logs a Roku out", f"GET {V2}/logout/Cablevision{BYE}"),
    Row("go", "decision for a television", f"POST {V2}/decisions/authorize/Dish", {"Content-Type": "application/json; charset=utf-8"}, RESOURCES),
    Row("go", "v1's decision for a television", f"GET /api/v1/authorize?{OF_V1}&resource=REF30"),
    Row("python", "polls for a device", f"GET {V2}/profiles/code/XC12VB3"),
    Row("python", "v1's logout for a device", f"DELETE /api/v1/logout?{OF_V1}"),
    Row("python", "an IPv6 device logs out", f"GET {V2}/logout/Dish{BYE}", {"X-Forwarded-For": "2606:2800:220:1:248:1893:25c8:1946"}),
    # --- v1, while it is there
    Row("androidtv", "v1's tokens", f"GET /api/v1/tokens/authn?{OF_V1}"),
    Row("tizen", "v1's media token", f"GET /api/v1/mediatoken.json?{OF_V1}&resource=REF30"),
    Row("xbox", "v1's user metadata", f"GET /api/v1/tokens/usermetadata?{OF_V1}&deviceType=Xbox"),
    Row("roku", "v1's preauthorization", f"GET /api/v1/preauthorize?{OF_V1}&resource=REF30%2CREF31"),
    Row("tvos", "v1's logout", f"DELETE /api/v1/logout.json?{OF_V1}"),
)  # fmt: skip
ANSWERS = {
    "v2 create session": answer({"code": "AB12CD3", "notAfter": "1700001800000", "actionName": "authenticate"}),
    "v2 profile by code": answer({"profiles": {}}),
    "v2 profiles": answer({"profiles": {"Cablevision": {"type": "regular"}}}),
    "v2 authorize": answer({"decisions": [{"resource": "REF30", "authorized": True}]}),
}
REMOVED = {"actionName": "complete", "actionType": "none"}


def worse_than_info(verdicts: object) -> list[str]:
    return [f"{found.id} {found.found}" for found in verdicts if found.severity != "info"]  # type: ignore[attr-defined]  # findings


@for_each("row", TABLE, ids=lambda row: f"{row.app}: {row.says}")
def test_a_call_of_a_well_made_app_has_no_error_and_no_warning(row: Row) -> None:
    verdict = AUDIT(asked(row.app, row.line, row.changes, body=row.body, accept=row.accept), {})
    assert worse_than_info(verdict.findings) == []
    assert (verdict.not_judged, verdict.defects) == ((), ())


@for_each("app", APPS)
def test_nor_has_the_journey_of_an_app(app: str) -> None:
    """Its v2 calls in order, four seconds apart, answered as Adobe answers."""
    slices: dict[str, object] = {}
    found: list[str] = []
    rows = [row for row in TABLE if row.app == app and "/v1/" not in row.line and "opaque" not in row.says]
    for number, row in enumerate(rows):
        route = place_of(*row.line.partition("?")[0].split(" ")).route
        mvpd = row.line.partition("/logout/")[2].partition("?")[0]
        given = ANSWERS.get(route.name if route else "", answer({}))
        if mvpd:
            given = answer({"logouts": {mvpd: {**REMOVED, "mvpd": mvpd}}})
        changes = {name: value for name, value in row.changes.items() if name != "AP-Device-Identifier"}
        judged = asked(app, row.line, changes, body=row.body, accept=row.accept, at=AT + 4 * number, answer=given)
        verdict = AUDIT(judged, slices)
        slices |= dict(verdict.slices)
        found += worse_than_info(verdict.findings)
    assert rows
    assert found == []


def test_there_are_sixty_and_more_and_no_two_are_alike() -> None:
    assert len(TABLE) >= 60
    shapes = [(row.app, row.line.partition("?")[0], tuple(row.changes), row.accept) for row in TABLE]
    assert len(set(shapes)) == len(TABLE)
    assert {row.app for row in TABLE} == APPS.keys()
    assert all(app.source for app in APPS.values())


@pytest.mark.parametrize("devices", [5, 30])
def test_nor_has_a_lab_of_like_televisions_with_the_credentials_of_the_build(devices: int) -> None:
    """Behind one address: nothing is said of any of them but what is so, that they share a client and an address."""
    slices: dict[str, object] = {}
    found: set[str] = set()
    for number in range(devices * 12):
        one = number % devices
        app = APPS["roku"]
        assert app.agent
        tv = f"fingerprint {b64(f'television {one} of the lab')}"
        token = f"Bearer {jwt(sub='of the build', jti=f'{one}')}"
        judged = asked("roku", f"GET {V2}/profiles", {"AP-Device-Identifier": tv}, token=token, at=AT + 20 * number)
        verdict = AUDIT(judged, slices)
        slices |= dict(verdict.slices)
        found |= {finding.id for finding in verdict.findings if finding.severity != "info"}
    assert found <= {"AUTH013", "XFF006"}

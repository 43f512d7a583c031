"""Calls of badly made apps: of each exactly the findings that it deserves, no fewer and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gateway.core.audit import Audit
from gateway.core.checks import CHECKS
from gateway.core.model import Response
from tests.core.checks.apps import asked
from tests.core.checks.calls import AT, answer, b64, bearer, info, jwt
from tests.harness.for_each import for_each

AUDIT = Audit(CHECKS)
BYE = "?redirectUrl=https%3A%2F%2Fwww.example.com%2Fbye"
V2 = "/api/v2/REF30"
OUT = f"GET {V2}/logout/Cablevision{BYE}"
PROFILES = f"GET {V2}/profiles"
DECIDE = f"POST {V2}/decisions/authorize/Dish"
RESOURCES = b'{"resources":["REF30"]}'
SESSION = b"mvpd=Dish&domainName=example.com&redirectUrl=https%3A%2F%2Fexample.com"
CLIENT = b"client_id=c4fc3e7e&client_secret=7d8c&grant_type=client_credentials"
V1_OUT = "DELETE /api/v1/logout?requestor=REF30&deviceId={device}"
UUID = "ba23d141-d715-561c-94f4-e9e4c966b1eb"
DENIED = b64('{"frameworkPermissionInfo":{"accessStatus":"denied"},"frameworkProviderInfo":{}}')
ENDED = b64(
    '{"frameworkPermissionInfo":{"accessStatus":"granted"},'
    '"frameworkProviderInfo":{"id":"com.dish","expirationDate":"1600000000000"}}'
)
REFUSED = answer({"action": "none", "status": 400, "code": "invalid_header_device_info"}, 400)
THROTTLED = answer(b"<html>429 Too Many Requests</html>", 429, "text/html")
LOGGED_IN = answer({"profiles": {"Dish": {"type": "regular"}}})


def session(code: str, ends: int = 2_000_000_000_000) -> Response:
    return answer({"code": code, "notAfter": str(ends)})


def logouts(action: str, kind: str = "none", **more: str) -> Response:
    return answer(
        {"logouts": {"Cablevision": {"actionName": action, "actionType": kind, "mvpd": "Cablevision", **more}}}
    )


class Call(NamedTuple):
    """One call of several."""

    line: str
    changes: Mapping[str, str | None] = {}
    body: bytes = b""
    answer: Response | None = None
    after: float = 5.0
    """Seconds since the call before."""


class Row(NamedTuple):
    """Calls of one app, of which the last one is judged."""

    app: str
    says: str
    finds: str
    calls: Sequence[Call]


def one(
    line: str, changes: Mapping[str, str | None] | None = None, body: bytes = b"", said: Response | None = None
) -> list[Call]:
    return [Call(line, changes or {}, body, said)]


TABLE: tuple[Row, ...] = (
    # --- the token
    Row("roku", "forgets the token at logout", "AUTH001", one(OUT, {"Authorization": None})),
    Row("webos", "sends the word undefined", "AUTH002", one(PROFILES, {"Authorization": "undefined"})),
    Row("androidtv", "signs as v1 did", "AUTH002", one(PROFILES, {"Authorization": "GET requestor_id=REF30, nonce=1, signature_method=HMAC-SHA1, request_time=1700000000000, request_uri=/profiles, public_key=k, signature=s"})),
    Row("tizen", "keeps a token for a week", "AUTH003", one(DECIDE, {"Authorization": bearer(exp=1_699_400_000)}, RESOURCES)),
    Row("xbox", "takes the token of its v1 application", "AUTH004", one(PROFILES, {"Authorization": bearer(scopes="profile:client,tokens:client")})),
    Row("chrome", "copies the sample of the page with its line breaks", "AUTH005 INFO002", one(OUT, {"Authorization": "Bearer eyJhbGciOi JSUzI1NiJ9.eyJzdWIi OiJ9.c2ln"})),
    Row("ipados", "sends the token of its own accounts", "AUTH004 AUTH006 INFO006 INFO009", one(PROFILES, {"Authorization": bearer(iss="https://id.example.com", scopes="openid")})),
    Row("firetv", "has a clock that is a day slow", "AUTH007", one(PROFILES, {"Authorization": bearer(nbf=1_700_080_000)})),
    Row("roku", "registers anew at each start", "AUTH008", [Call(PROFILES), Call(PROFILES, {"Authorization": bearer(sub="the client of the second start")})]),
    Row("node", "fetches a token for each call", "AUTH009", [Call(PROFILES, {"Authorization": bearer(jti=f"{n}")}) for n in range(4)]),
    Row("go", "answers a 401 with the same call", "AUTH012", [Call(OUT, answer=answer(status=401)), Call(OUT)]),
    Row("java", "has one client for all Rokus", "AUTH013", [Call(PROFILES, {"AP-Device-Identifier": f"fingerprint {b64(f'roku {n}')}", "X-Forwarded-For": f"81.2.69.{n}", "X-Device-Info": info(osName="Roku OS", connectionPort=n + 40000)}) for n in range(4)]),
    Row("tvos", "registers to refresh its token", "AUTH008 AUTH014", [Call(PROFILES, {"Authorization": bearer(exp=1_700_000_100)}), Call(PROFILES, {"Authorization": bearer(sub="the next client")}, after=200)]),
    Row("python", "has its secret in the URL, as shell scripts have", "AUTH015 HDR006", one("POST /o/client/token?client_id=c4fc&client_secret=7d8c&grant_type=client_credentials", {"Content-Type": "application/json"})),
    Row("go", "asks for another grant", "AUTH016", one("POST /o/client/token", {}, b"client_id=c4fc&client_secret=7d8c&grant_type=authorization_code")),
    # --- the device
    Row("xbox", "names no device", "DEV001", one(OUT, {"AP-Device-Identifier": None})),
    Row("tizen-family", "sends a bare UUID", "DEV002 INFO006", one(OUT, {"AP-Device-Identifier": UUID})),
    Row("webos", "forgets the Base64", "DEV003", one(PROFILES, {"AP-Device-Identifier": f"fingerprint {UUID}"})),
    Row("node", "encodes for URLs", "DEV003", one(PROFILES, {"AP-Device-Identifier": "fingerprint -_8tdGVsZXZpc2lvbg"})),
    Row("androidtv-ktor", "leaves the padding out", "DEV003", one(OUT, {"AP-Device-Identifier": "fingerprint dGVsZXZpc2lvbiAx" + "YQ"})),
    Row("firetv-dalvik", "sends a digest in hexadecimal", "DEV004", one(PROFILES, {"AP-Device-Identifier": "fingerprint 5f4dcc3b5aa765d61d8327deb882cf995f4dcc3b5aa765d61d8327deb882cf99"})),
    Row("androidtv", "has the ANDROID_ID of a faulty Android", "DEV005", one(OUT, {"AP-Device-Identifier": f"fingerprint {b64('9774d56d682e549c')}"})),
    Row("roku", "makes a new identifier after an update", "DEV006", [Call(PROFILES), Call(OUT, {"AP-Device-Identifier": f"fingerprint {b64('made anew')}"})]),
    Row("python", "sends its own identifier for all devices", "DEV007", [Call(PROFILES, {"X-Forwarded-For": f"81.2.69.{n}"}) for n in range(4)]),
    # --- what it says of itself
    Row("tizen", "says nothing of itself", "INFO001", one(PROFILES, {"X-Device-Info": None})),
    Row("roku", "sends raw JSON", "INFO003", one(OUT, {"X-Device-Info": '{"model":"Roku","osName":"Roku OS"}'})),
    Row("tvos", "copies the sample without its comma", "INFO004", one(OUT, {"X-Device-Info": b64('{"model": "TV 5th Gen",\n"osName": "tvOS"\n"osVendor": "Apple"}')})),
    Row("xbox", "says half of it", "INFO005", one(PROFILES, {"X-Device-Info": b64('{"model":"Xbox","osName":"Windows"}')})),
    Row("webos", "calls its system WebOS TV", "INFO006", one(OUT, {"X-Device-Info": info(osName="WebOS TV")})),
    Row("firetv", "percent-encodes as v1 wanted", "INFO007", one(PROFILES, {"X-Device-Info": info(osName="Android").replace("=", "%3D")})),
    Row("ipados", "leaves the padding of its description out", "INFO008", one(PROFILES, {"X-Device-Info": info(model="iPad").rstrip("=")})),
    Row("androidtv", "calls the sort of its device type", "INFO009", one(PROFILES, {"X-Device-Info": info(osName="Android", type="Fridge")})),
    Row("node", "describes the server", "INFO010", one(OUT, {"X-Device-Info": info(osName="Linux", primaryHardwareType="Desktop", connectionPort=40112)})),
    Row("java", "logs a Spectrum device out without its connection", "INFO011 INFO014", one(f"GET {V2}/logout/Spectrum{BYE}", {"X-Device-Info": info(osName="Roku OS")})),
    Row("roku", "writes yes for secure", "INFO012", one(PROFILES, {"X-Device-Info": info(osName="Roku OS", connectionSecure="yes")})),
    Row("androidtv", "registers without a description", "INFO013", one("POST /o/client/register", {"X-Device-Info": None}, b'{"software_statement":"x"}')),
    Row("python", "forgets the port", "INFO014", one(PROFILES, {"X-Device-Info": info()})),
    # --- the address
    Row("java", "names no address", "XFF001", one(PROFILES, {"X-Forwarded-For": None})),
    Row("node", "names none at the registration either", "XFF001", one("POST /o/client/token", {"X-Forwarded-For": None}, CLIENT)),
    Row("go", "sends the address inside its cluster", "XFF002", one(OUT, {"X-Forwarded-For": "10.244.3.7"})),
    Row("python", "sends all proxies on the way", "XFF002 XFF003", one(PROFILES, {"X-Forwarded-For": "93.184.216.34, 172.16.0.9"})),
    Row("go", "sends the port with it", "XFF004", one(PROFILES, {"X-Forwarded-For": "93.184.216.34:53124"})),
    Row("node", "sends two addresses in two headers", "XFF005", one(PROFILES, {"X-Forwarded-For": "93.184.216.34"})),
    Row("java", "sends the word unknown", "XFF007", one(DECIDE, {"X-Forwarded-For": "unknown"}, RESOURCES)),
    # --- single sign-on
    Row("firetv", "has a Roku's token as well", "SSO001", one(PROFILES, {"X-Roku-Reserved-Roku-Connect-Token": jwt()})),
    Row("firetv", "logs out without Amazon's token", "SSO002", [Call(PROFILES, answer=LOGGED_IN), Call(OUT, {"Adobe-Subject-Token": None})]),
    Row("firetv", "keeps Amazon's token for years", "SSO003", one(OUT, {"Adobe-Subject-Token": jwt(exp=1_600_000_000)})),
    Row("androidtv", "cuts the service's token off", "SSO005", one(PROFILES, {"AD-Service-Token": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOi ....."})),
    Row("tizen", "signs the service's token with a password", "SSO006", one(PROFILES, {"AD-Service-Token": jwt("HS256", aud="adobe", iat=1_699_999_999)})),
    Row("firetv", "decides without Amazon's token", "SSO007", [Call(PROFILES, answer=LOGGED_IN), Call(DECIDE, {"Adobe-Subject-Token": None}, RESOURCES)]),
    # --- where the browser goes afterwards
    Row("webos", "names no place to go", "URL001", one(f"GET {V2}/logout/Cablevision")),
    Row("xbox-web", "joins the URL as it is", "ROUTE005 URL002", one(f"GET {V2}/logout/Cablevision?redirectUrl=https://tv.example.com/bye?a=1&b=2")),
    Row("node", "encodes twice", "URL003", one(f"GET {V2}/logout/Cablevision?redirectUrl=https%253A%252F%252Fexample.com%252Fbye")),
    Row("tizen", "names a path", "URL004", one(f"GET {V2}/logout/Cablevision?redirectUrl=%2Findex.html")),
    Row("tvos", "names a host and a port", "URL004", one(f"GET {V2}/logout/Cablevision?redirectUrl=localhost%3A3000%2Fbye")),
    Row("go", "goes back over plain http", "URL005", one(f"GET {V2}/logout/Cablevision?redirectUrl=http%3A%2F%2Fexample.com")),
    Row("java", "names two places", "URL006", one(f"{OUT}&redirectUrl=https%3A%2F%2Fexample.org")),
    # --- where it goes
    Row("roku", "deletes as on v1", "ROUTE001", one(f"DELETE {V2}/logout/Cablevision{BYE}")),
    Row("python", "fetches a token with GET, as the FAQ prints it", "AUTH015 ROUTE001", one("GET /o/client/token?client_id=c4fc&grant_type=client_credentials")),
    Row("xbox", "swaps the path as the sample does", "FLOW003 ROUTE002", one(f"GET /api/v2/logout/REF30/TempPass_5mins{BYE}")),
    Row("tvos", "logs out of everything", "ROUTE003", one(f"GET {V2}/logout{BYE}")),
    Row("tizen", "fills no template in", "ROUTE004", one(f"GET {V2}/profiles/$%7Bmvpd%7D")),
    Row("webos", "has lost its MVPD", "ROUTE004", one(f"GET {V2}/profiles/undefined")),
    Row("androidtv", "sends v1's parameters along", "ROUTE005", one(f"{PROFILES}?requestor=REF30&deviceId=5f4dcc3b")),
    Row("go", "misprints as the cookbook does", "ROUTE006", one(f"POST {V2}/decision/authorize/Dish", {"Content-Type": None}, RESOURCES)),
    Row("node", "joins two slashes", "ROUTE006", one("GET //api/v2/REF30/profiles")),
    Row("xbox", "encodes the MVPD twice", "ROUTE009", one(f"GET {V2}/profiles/Cable%2520vision")),
    Row("python", "repeats a parameter of the form", "ROUTE011", one("POST /o/client/token", {}, CLIENT + b"&client_id=c4fc3e7e")),
    # --- other fields
    Row("tvos", "sends the partner's status with a logout", "HDR001 HDR013", one(OUT, {"AP-Partner-Framework-Status": DENIED})),
    Row("webos", "sends a body with a GET", "HDR002 HDR003", one(PROFILES, {"Content-Type": "application/json"}, b"{}")),
    Row("roku", "asks for XML", "HDR004", one(PROFILES, {"Accept": "application/xml"})),
    Row("firefox", "posts a session as JSON", "HDR006", one(f"POST {V2}/sessions", {"Content-Type": "application/json"}, b'{"mvpd":"Dish"}')),
    Row("ipados", "quotes the visitor's id", "HDR007 INFO006 INFO009", one(OUT, {"AP-Visitor-Identifier": '"20265673158980419722735089753036633573"'})),
    Row("tvos", "sends the partner's status as JSON", "HDR008", one(PROFILES, {"AP-Partner-Framework-Status": '{"frameworkPermissionInfo":{"accessStatus":"granted"}}'})),
    Row("androidtv", "glues two identities together", "HDR009", one(f"GET {V2}/profiles/TempPass_promo", {"AP-TempPass-Identity": "eyJ1c2VyIjoiYSJ9Cg==eyJ1c2VyIjoiYSJ9Cg=="})),
    Row("tvos", "leaves the partner's status out", "HDR010", one(f"POST {V2}/sessions/sso/Apple", {}, SESSION)),
    Row("webos", "leaves a template as its token", "HDR011", one(OUT, {"Authorization": "Bearer ${accessToken}"})),
    Row("chrome", "has lost its token", "HDR011 INFO002", one(OUT, {"Authorization": "Bearer null"})),
    Row("tvos", "keeps the partner's status for a year", "HDR012", one(PROFILES, {"AP-Partner-Framework-Status": ENDED})),
    Row("tvos", "goes on without the partner's permission", "HDR013", one(DECIDE, {"AP-Partner-Framework-Status": DENIED}, RESOURCES)),
    Row("chrome", "sends another visitor's id", "HDR014 INFO002", one(PROFILES, {"AP-Visitor-Identifier": "GA1.2.1234567890.1700000000"})),
    Row("firetv", "was moved from the SDK", "HDR015", one(PROFILES, {"ap_21": "5f4dcc3b5aa7", "AP-SDK-Identifier": "android/3.7.1"})),
    Row("androidtv", "sends a person's address", "HDR016", one(f"POST {V2}/decisions/authorize/TempPass_promo", {"AP-TempPass-Identity": b64('{"email":"jane@example.com"}')}, RESOURCES)),
    # --- how often
    Row("xbox", "does not wait after a 429", "THR002", [Call(PROFILES, answer=THROTTLED), Call(OUT, after=0.2)]),
    Row("go", "preauthorizes one resource at a time", "THR003", [Call(f"POST {V2}/decisions/preauthorize/Dish", {}, RESOURCES, after=0.1) for _ in range(10)]),
    Row("roku", "polls each second", "THR004", [Call(f"GET {V2}/profiles/code/AB12CD3"), Call(f"GET {V2}/profiles/code/AB12CD3", after=1)]),
    Row("androidtv", "fetches the configuration for each page", "THR005", [Call(f"GET {V2}/configuration"), Call(f"GET {V2}/configuration", after=20)]),
    Row("tizen", "polls on when the user is logged in", "THR006", [Call(f"GET {V2}/profiles/code/AB12CD3", answer=LOGGED_IN), Call(f"GET {V2}/profiles/code/AB12CD3")]),
    Row("webos", "polls all night", "THR007", [Call(f"POST {V2}/sessions", {}, SESSION, session("AB12CD3", 1_700_001_800_000)), Call(f"GET {V2}/profiles/code/AB12CD3", after=9000)]),
    Row("xbox", "polls for the code before", "THR008", [Call(f"POST {V2}/sessions", {}, SESSION, session("AB12CD3")), Call(f"POST {V2}/sessions", {}, SESSION, session("EF45GH6")), Call(f"GET {V2}/profiles/code/AB12CD3")]),
    Row("roku", "logs out when a decision is denied", "FLOW001", [Call(DECIDE, {}, RESOURCES, answer({"decisions": [{"authorized": False}]})), Call(OUT, after=0.5)]),
    Row("tizen", "tries again and again", "FLOW002", [Call(PROFILES, answer=REFUSED), Call(PROFILES)]),
    Row("androidtv", "logs temporary access out", "FLOW003", one(f"GET {V2}/logout/TempPass_promo{BYE}")),
    # --- what is answered
    Row("roku", "has another identifier than at login", "RESP011", one(OUT, said=logouts("invalid"))),
    Row("xbox", "offers an MVPD that is switched off", "RESP010 RESP012", one(PROFILES, said=answer({"action": "none", "status": 400, "code": "invalid_integration"}, 400))),
    Row("webos", "meets a page of a proxy", "RESP005", one(PROFILES, said=answer(b"<html>sign in to the hotel</html>", 200, "text/html"))),
    Row("tizen", "is answered with a word that is none", "RESP002", one(OUT, said=logouts("utloggning", "interaktiv"))),
    Row("go", "is answered without the url", "RESP003", one(OUT, said=logouts("logout", "interactive"))),
    # --- v1
    Row("firetv", "names no device on v1", "V1001 V1003", one("DELETE /api/v1/logout?requestor=REF30")),
    Row("roku", "is not authorized on v1", "V1001 V1004", one(V1_OUT, {"Authorization": None})),
    Row("python", "describes nothing on v1", "V1001 V1005", one("GET /api/v1/checkauthn?requestor=REF30&deviceId={device}", {"X-Device-Info": None})),
    Row("xbox", "does not percent-encode on v1", "V1001 V1006", one(V1_OUT, {"X-Device-Info": info(osName="Windows", vendor="M?>")})),
    Row("tizen", "sends parameters of the past", "V1001 V1007", one(f"{V1_OUT}&deviceUser=jane")),
    Row("webos", "signs a GET for a DELETE, in seconds", "V1001 V1008 V1009", one(V1_OUT, {"Authorization": "GET requestor_id=REF30, nonce=1, signature_method=HMAC-SHA1, request_time=1700000000, request_uri=/logout, public_key=k, signature=s"})),
    Row("androidtv", "takes a token of v2 to v1", "V1001 V1010", one(V1_OUT, {"Authorization": bearer()})),
    Row("tvos", "is on both versions", "V1001 V1002", [Call(PROFILES), Call(V1_OUT)]),
)  # fmt: skip


@for_each("row", TABLE, ids=lambda row: f"{row.app} {row.says}")
def test_a_badly_made_call_has_exactly_its_findings(row: Row) -> None:
    slices: dict[str, object] = {}
    at = AT
    found: set[str] = set()
    for number, call in enumerate(row.calls):
        at += call.after if number else 0
        judged = asked(
            row.app, call.line, call.changes, body=call.body, at=at, answer=call.answer, accept="application/json"
        )
        verdict = AUDIT(judged, slices)
        assert verdict.defects == ()
        slices |= dict(verdict.slices)
        found = {finding.id for finding in verdict.findings}
    assert found == set(row.finds.split())


def test_there_are_sixty_and_more_and_they_meet_nearly_every_check() -> None:
    assert len(TABLE) >= 60
    assert len({row.says for row in TABLE}) == len(TABLE)
    met = {check for row in TABLE for check in row.finds.split()}
    missing = {check.info.id for check in CHECKS} - met
    assert missing == {
        *("AUTH010", "AUTH011", "ROUTE007", "ROUTE008"),  # of an origin, which is Adobe's here
        *("HDR005", "ROUTE010", "SSO004", "XFF006"),  # in tests/auditing/test_agreement.py
        *("RESP001", "RESP004", "RESP006", "RESP007", "RESP008", "RESP009", "THR001"),  # of answers, there too
    }

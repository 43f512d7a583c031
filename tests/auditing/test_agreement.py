"""What is found live is what an audit of the recording finds: good and bad calls of several platforms, in one table.

One gateway records all of them, over real sockets; then its cassette, and the findings beside that, are audited. Once only logouts
are recorded, as by default, and once every route of the API: what a cassette cannot show must not be lost, nor said of a pseudonym.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from gateway.auditing.recorded import audit
from gateway.cassettes.findings import load_findings
from gateway.cassettes.format import HEAD, dump
from gateway.cassettes.reader import load
from gateway.core.adobe.routes import _TABLE, LOGOUT_ROUTES
from gateway.core.checking import OverTimeCheck
from gateway.core.checks import CHECKS
from gateway.system.files import replace_file
from tests.core.checks.calls import CHROME, b64, bearer, info, jwt
from tests.harness.lab import Lab, Running

BYE = "redirectUrl=https%3A%2F%2Fexample.com%2Fbye"
OUT = f"GET /api/v2/REF30/logout/Cablevision?{BYE}"
PROFILES = "GET /api/v2/REF30/profiles"
DECIDE = "POST /api/v2/REF30/decisions/authorize/Cablevision"
SESSION = "POST /api/v2/REF30/sessions"
POLL = "GET /api/v2/REF30/profiles/code/ABC123"
REGISTER = "POST /o/client/register"
FETCH = "POST /o/client/token"
CLIENT = b"client_id=b5ad1b4e&client_secret=Zk3cQ9vLs0aT&grant_type=client_credentials"
V1_OUT = "DELETE /api/v1/logout?requestor=REF30&deviceId={device}"
V1_TOKEN = "GET /api/v1/tokens/authn?requestor=REF30&deviceId={device}"  # a path

FORM = "application/x-www-form-urlencoded"
V1_INFO = info().replace("=", "%3D").replace("+", "%2B").replace("/", "%2F")
V1_SCOPES = "config:client,profile:client,tokens:client"
"""The scopes of a token of v1, as public clients got them."""
SIGNED = (
    "{} requestor_id=REF30, nonce=b5ad1b4e-9d8a-4c1f, signature_method=HMAC-SHA1, request_time={}, request_uri=/x, "
    "public_key=Zk3cQ9vLs0aT, signature=pV8d2Kx0mQ="
)


def described(**members: str) -> str:
    return info(**members)


PLATFORMS: Mapping[str, Mapping[str, str]] = {
    "Apple TV": {"User-Agent": "REF30/2.1 CFNetwork/1492 Darwin/23", "X-Device-Info": described()},
    "Roku": {
        "User-Agent": "Roku/DVP-13.0 (13.0.0.4206-88)",
        "X-Device-Info": described(model="4800X", osName="Roku OS", osVendor="Roku", version="13"),
        "X-Roku-Reserved-Roku-Connect-Token": jwt(sub="roku-account-7781"),
    },
    "Fire TV": {
        "User-Agent": "Dalvik/2.1.0 (Linux; Android 9; AFTMM)",
        "X-Device-Info": described(model="AFTMM", osName="Android", version="9"),
        "Adobe-Subject-Token": jwt(sub="amzn1.account.AGX7"),
    },
    "web": {"User-Agent": CHROME, "X-Device-Info": described(model="Chrome", osName="Windows", version="126")},
    "server": {
        "User-Agent": "python-requests/2.32.3",
        "X-Device-Info": described(model="Bravia", osName="Android", connectionPort="4711"),
    },
    "Xbox": {"User-Agent": "REF30/1.0 Xbox One", "X-Device-Info": described(model="Xbox One", osName="Windows")},
}
"""What a platform's app sends with every call, besides token, identifier, Accept, and its own address."""


def answered(body: object = None, status: int = 200, kind: str = "application/json", **fields: str) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def entry(key: str = "Cablevision", **changes: str) -> dict[str, object]:
    return {"logouts": {key: {"actionName": "complete", "actionType": "none", "mvpd": "Cablevision", **changes}}}


DONE = answered(entry())
SOME = answered()
GIVEN = answered(status=201)
LOGGED_IN = answered({"profiles": {"Cablevision": {"issuer": "Cablevision", "type": "regular"}}})
DENIED = answered(
    {
        "decisions": [
            {"resource": "r", "authorized": False, "error": {"status": 403, "code": "authorization_denied_by_mvpd"}}
        ]
    }
)
LOGGED_OUT = answered(
    entry(actionName="logout", actionType="interactive", url="https://idp.example.com/out?sid=Zk3cQ9vLs0aTb")
)


class Row(NamedTuple):
    """One call, and what is to be found of it."""

    platform: str
    says: str
    line: str
    changes: Mapping[str, str | list[str] | None]
    finds: str
    """The ids of what is found; with a `?` of what is found once in several calls, sooner on a fast machine."""
    answer: bytes = DONE
    of: int = 0
    """Calls of the same number come from one device; 0 is a device of its own."""
    body: bytes = b""
    host: str = "lab"


def fp(text: str | bytes) -> str:
    return f"fingerprint {b64(text)}"


TABLE: tuple[Row, ...] = (
    # --- what is as it should be
    Row("Apple TV", "a good logout", OUT, {}, ""),
    Row("Roku", "a good logout with Roku's token", OUT, {}, ""),
    Row("Fire TV", "a good logout with Amazon's token", OUT, {}, ""),
    Row("web", "a good logout that leads to the MVPD", OUT, {}, "", LOGGED_OUT),
    Row("Xbox", "good profiles", PROFILES, {}, "", SOME),
    Row("server", "a good decision for a device", DECIDE, {"Content-Type": "application/json"}, "", SOME, body=b'{"resources":["r"]}'),
    # --- the token
    Row("Apple TV", "no token", OUT, {"Authorization": None}, "AUTH001"),
    Row("Roku", "a blank token", OUT, {"Authorization": ""}, "AUTH001"),
    Row("Apple TV", "Basic", OUT, {"Authorization": "Basic amFuZTpUcjB1YjRkb3I="}, "AUTH002"),
    Row("Fire TV", "a bare token", OUT, {"Authorization": jwt()}, "AUTH002"),
    Row("Xbox", "v1's signature on v2", OUT, {"Authorization": SIGNED.format("GET", "1700000000000")}, "AUTH002"),
    Row("Apple TV", "an old token", OUT, {"Authorization": bearer(exp=1_600_000_100, sub="old")}, "AUTH003"),
    Row("Apple TV", "a token of tomorrow", OUT, {"Authorization": bearer(nbf=1_999_999_999, sub="new")}, "AUTH007"),
    Row("web", "a token of v1", OUT, {"Authorization": bearer(scopes="api:client:v1", sub="v1")}, "AUTH004"),
    Row("web", "a damaged token", OUT, {"Authorization": "Bearer eyJhbGciOi.JSUzI1NiJ9 eyJz.dWIi"}, "AUTH005"),
    Row("Xbox", "a word as token", OUT, {"Authorization": "Bearer abc"}, ""),
    Row("Roku", "another issuer's token", OUT, {"Authorization": bearer(iss="https://login.example.com", sub="else")}, "AUTH006"),
    Row("Roku", "a token of staging", OUT, {"Authorization": bearer(iss="auth-staging.adobe.com", sub="staging")}, "AUTH010 ROUTE007", host="api.auth.adobe.com"),
    Row("Fire TV", "a token that production gave", OUT, {"Authorization": bearer(sub="two")}, "ROUTE007", of=30, host="api.auth.adobe.com"),
    Row("Fire TV", "the same one at staging", OUT, {"Authorization": bearer(sub="two")}, "AUTH011 ROUTE007", of=30, host="api.auth-staging.adobe.com"),
    Row("Apple TV", "a client", OUT, {"Authorization": bearer(sub="client-one-of-two")}, "", of=31),
    Row("Apple TV", "another client", OUT, {"Authorization": bearer(sub="client-two-of-two")}, "AUTH008", of=31),
    *(Row("Xbox", f"token number {n}", OUT, {"Authorization": bearer(sub="minting", jti=f"{n}")}, "AUTH009" if n == 4 else "", of=32) for n in (1, 2, 3, 4)),
    Row("Roku", "a token that is refused", OUT, {}, "", answered(status=401), of=41),
    Row("Roku", "the same token again", OUT, {}, "AUTH012", of=41),
    *(Row("Xbox", f"installation {n} with the build's credentials", OUT, {"Authorization": bearer(sub="of-the-build", jti=f"{n}")}, "AUTH013" if n == 4 else "") for n in (1, 2, 3, 4, 5)),
    Row("Apple TV", "a token that has ended", OUT, {"Authorization": bearer(sub="first-client", exp=1_600_000_100)}, "AUTH003", of=42),
    Row("Apple TV", "a token of a new client", OUT, {"Authorization": bearer(sub="second-client")}, "AUTH008 AUTH014", of=42),
    Row("Fire TV", "a registration", REGISTER, {"Content-Type": "application/json", "Authorization": None}, "", GIVEN, of=43, body=b'{"software_statement":"x"}'),
    Row("Fire TV", "another one", REGISTER, {"Content-Type": "application/json", "Authorization": None}, "AUTH014", GIVEN, of=43, body=b'{"software_statement":"x"}'),
    Row("web", "a secret in the URL", f"{FETCH}?client_secret=b5ad1b4e9d8a4c1f", {"Content-Type": FORM, "Authorization": None}, "AUTH015", GIVEN, body=CLIENT),
    Row("web", "a token request without its secret", FETCH, {"Content-Type": FORM, "Authorization": None}, "AUTH016", GIVEN, body=b"client_id=b5ad1b4e&grant_type=client_credentials"),
    # --- the device
    Row("Apple TV", "no identifier", OUT, {"AP-Device-Identifier": None}, "DEV001"),
    Row("Roku", "a bare identifier", OUT, {"AP-Device-Identifier": "b5ad1b4e9d8a4c1fa7e0"}, "DEV002"),
    Row("Roku", "a short bare identifier", OUT, {"AP-Device-Identifier": "tv-1"}, "DEV002"),
    Row("Roku", "another short bare identifier", OUT, {"AP-Device-Identifier": "tv-2"}, "DEV002"),
    Row("Fire TV", "another type", OUT, {"AP-Device-Identifier": f"deviceid {b64('b5ad1b4e9d8a4c1f')}"}, "DEV002"),
    Row("Fire TV", "no Base64", OUT, {"AP-Device-Identifier": "fingerprint b5ad1b4e-9d8a-4c1f-a7e0-88"}, "DEV003"),
    Row("web", "a short one, no Base64", OUT, {"AP-Device-Identifier": "fingerprint my-tv"}, "DEV003"),
    Row("web", "URL-safe Base64", OUT, {"AP-Device-Identifier": fp(b"\xfb\xff\xfe device of web").replace("+", "-").replace("/", "_")}, "DEV003"),
    Row("Xbox", "unpadded Base64", OUT, {"AP-Device-Identifier": fp("b5ad1b4e-9d8a-4c1f-9").rstrip("=")}, "DEV003"),
    Row("Xbox", "percent-encoded Base64", OUT, {"AP-Device-Identifier": fp("b5ad1b4e-9d8a-4c1f-88").replace("=", "%3D")}, ""),
    Row("Apple TV", "raw bytes", OUT, {"AP-Device-Identifier": fp(bytes(range(128, 160)))}, "DEV004"),
    Row("Apple TV", "dummy", OUT, {"AP-Device-Identifier": fp("dummy")}, "DEV005"),
    Row("Apple TV", "all zeros", OUT, {"AP-Device-Identifier": fp("00000000-0000-0000-0000-000000000000")}, "DEV005"),
    Row("Roku", "a template", OUT, {"AP-Device-Identifier": "fingerprint ${deviceId}"}, "DEV005"),
    Row("Fire TV", "an identifier", OUT, {"AP-Device-Identifier": fp("first-identifier-77")}, "", of=33),
    Row("Fire TV", "another one of the same device", OUT, {"AP-Device-Identifier": fp("second-identifier-77")}, "DEV006", of=33),
    *(
        Row("web", f"one identifier at address {n}", OUT, {"AP-Device-Identifier": fp("copied-identifier"), "Authorization": bearer(sub=f"copy-{n}")}, finds)
        for n, finds in enumerate(("", "AUTH008", "AUTH008", "AUTH008 DEV007"), 1)
    ),
    # --- what it says of itself
    Row("Apple TV", "no device information", OUT, {"X-Device-Info": None}, "INFO001"),
    Row("web", "no device information, of a browser", OUT, {"X-Device-Info": None}, "INFO002"),
    Row("Roku", "raw JSON", OUT, {"X-Device-Info": '{"model":"4800X","osName":"Roku OS"}'}, "INFO003"),
    Row("Xbox", "Base64 of no JSON", OUT, {"X-Device-Info": b64("model: Xbox One, the first of them")}, "INFO004"),
    Row("Xbox", "a part of it is missing", OUT, {"X-Device-Info": described(osVersion="", version="")}, "INFO005"),
    Row("Roku", "Roku instead of Roku OS", OUT, {"X-Device-Info": described(osName="Roku")}, "INFO006"),
    Row("Fire TV", "percent-encoded, as v1 had it", OUT, {"X-Device-Info": V1_INFO}, "INFO007"),
    Row("web", "URL-safe", OUT, {"X-Device-Info": described(model="\u00fe\u00ff\u00fb TV?>", osVersion="~~~???").replace("+", "-").replace("/", "_")}, "INFO008"),
    Row("Apple TV", "type", OUT, {"X-Device-Info": described(type="SetTopBox")}, "INFO009"),
    Row("server", "a server's own", OUT, {"X-Device-Info": described(osName="Linux", primaryHardwareType="Desktop", connectionPort="4711")}, "INFO010"),
    Row("server", "a library's User-Agent", OUT, {"X-Device-Info": described(userAgent="python-requests/2.32.3", connectionPort="4711")}, "INFO010"),
    Row("Roku", "no connection for Spectrum", f"GET /api/v2/REF30/logout/Spectrum?{BYE}", {}, "INFO011"),
    Row("Xbox", "another connection", OUT, {"X-Device-Info": described(connectionIp="81.2.69.160", connectionPort="4711")}, "XFF005"),
    Row("Roku", "connectionSecure as a word", OUT, {"X-Device-Info": described(model="Roku", osName="Roku OS", connectionSecure="yes")}, "INFO012"),
    Row("Fire TV", "a registration that describes nothing", REGISTER, {"Content-Type": "application/json", "X-Device-Info": None, "Authorization": None}, "INFO013", GIVEN, body=b'{"software_statement":"x"}'),
    Row("server", "no port of the device", OUT, {"X-Device-Info": described(model="Bravia", osName="Android")}, "INFO014"),
    # --- the address
    Row("server", "no address", OUT, {"X-Forwarded-For": None}, "XFF001"),
    Row("server", "a private address", OUT, {"X-Forwarded-For": "10.0.0.7"}, "XFF002"),
    Row("server", "a list", OUT, {"X-Forwarded-For": "81.2.69.161, 93.184.216.34"}, "XFF003"),
    Row("server", "a port", OUT, {"X-Forwarded-For": "81.2.69.162:4711"}, "XFF004"),
    Row("server", "no address at all", OUT, {"X-Forwarded-For": "unknown"}, "XFF007"),
    *(Row("server", f"device {n} of one address", OUT, {"X-Forwarded-For": "81.2.69.163", "Authorization": bearer(sub=f"fleet-{n}")}, "XFF006" if n == 6 else "") for n in range(1, 8)),
    # --- single sign-on
    Row("Fire TV", "two platforms", OUT, {"X-Roku-Reserved-Roku-Connect-Token": jwt(sub="roku-account-1")}, "SSO001"),
    Row("Fire TV", "an old platform token", OUT, {"Adobe-Subject-Token": jwt(exp=1_600_000_100)}, "SSO003"),
    Row("Fire TV", "a damaged platform token", OUT, {"Adobe-Subject-Token": "eyJhbGciOi ... cut off"}, "SSO005"),
    Row("Fire TV", "a short damaged one", OUT, {"Adobe-Subject-Token": "oops"}, "SSO005"),
    Row("Roku", "a Roku without its token", OUT, {"X-Roku-Reserved-Roku-Connect-Token": None}, "SSO004"),
    Row("web", "a service token without claims", OUT, {"AD-Service-Token": jwt("HS256", aud=None)}, "SSO006"),
    Row("Fire TV", "a login with the platform's token", PROFILES, {}, "", SOME, of=34),
    Row("Fire TV", "its logout without", OUT, {"Adobe-Subject-Token": None}, "SSO002", of=34),
    Row("Fire TV", "profiles with Amazon's token", PROFILES, {}, "", SOME, of=44),
    Row("Fire TV", "a decision without", DECIDE, {"Content-Type": "application/json", "Adobe-Subject-Token": None}, "SSO007", SOME, of=44, body=b'{"resources":["r"]}'),
    # --- the redirect URL
    Row("Apple TV", "no redirectUrl", "GET /api/v2/REF30/logout/Cablevision", {}, "URL001"),
    Row("Apple TV", "not encoded", "GET /api/v2/REF30/logout/Cablevision?redirectUrl=https://example.com/bye?sid=b5ad1b4e9d8a4c1f&x=1", {}, "ROUTE005 URL002"),
    Row("Roku", "encoded twice", "GET /api/v2/REF30/logout/Cablevision?redirectUrl=https%253A%252F%252Fexample.com%252F", {}, "URL003"),
    Row("web", "not absolute, with a secret", "GET /api/v2/REF30/logout/Cablevision?redirectUrl=%2Fbye%3Ftoken%3Db5ad1b4e9d8a4c1f", {}, "URL004"),
    Row("web", "plain http", "GET /api/v2/REF30/logout/Cablevision?redirectUrl=http%3A%2F%2Fexample.com%2Fbye%3Fcode%3DABC123", {}, "URL005"),
    Row("Xbox", "twice", f"{OUT}&{BYE}", {}, "URL006"),
    # --- where it goes
    Row("Apple TV", "v1's method", f"DELETE /api/v2/REF30/logout/Cablevision?{BYE}", {}, "ROUTE001", answered(status=405)),
    Row("Fire TV", "segments swapped", f"GET /api/v2/logout/REF30/Cablevision?{BYE}", {}, "ROUTE002"),
    Row("Roku", "no MVPD", f"GET /api/v2/REF30/logout?{BYE}", {}, "ROUTE003", answered(status=400)),
    Row("Roku", "a template in the path", f"GET /api/v2/REF30/logout/$%7Bmvpd%7D?{BYE}", {}, "ROUTE004"),
    Row("web", "a template in the query", "GET /api/v2/REF30/logout/Cablevision?redirectUrl=%7BredirectUrl%7D", {}, "ROUTE004 URL004"),
    Row("web", "v1's parameters on v2", f"{OUT}&requestor=REF30&deviceId=b5ad1b4e9d8a4c1f", {}, "ROUTE005"),
    Row("web", "a token pasted into the query", f"{OUT}&{jwt()}", {}, "ROUTE005"),
    Row("Xbox", "a path that nobody knows", "GET /api/v2/REF30/logouts/Cablevision", {}, "ROUTE006", answered(status=404)),
    Row("Xbox", "a segment encoded twice", f"GET /api/v2/REF30/logout/Cable%2520vision?{BYE}", {}, "ROUTE009"),
    Row("Xbox", "a parameter encoded twice", f"GET /api/v2/REF30/logout/Cablevision?{BYE}&title=The%2520Wire", {}, "ROUTE005 ROUTE010"),
    Row("server", "a host that is not Adobe's", OUT, {}, "ROUTE007 ROUTE008", host="pass.example.net"),
    Row("server", "a parameter twice", "GET /api/v2/REF30/configuration?profile=a&profile=b", {}, "ROUTE011", SOME),
    # --- other header fields
    Row("Apple TV", "a header of another route", OUT, {"AP-TempPass-Identity": b64('{"user":"b5ad1b4e9d8a4c1f"}')}, "HDR001"),
    Row("Apple TV", "a body", OUT, {}, "HDR002", body=b"x=1"),
    Row("web", "a Content-Type without a body", OUT, {"Content-Type": "application/json"}, "HDR003"),
    Row("server", "Accept of anything", OUT, {"Accept": "*/*"}, "HDR004"),
    Row("Roku", "two identifiers", OUT, {"AP-Device-Identifier": [fp("d5ad1b4e-9d8a-4c1f"), fp("c5ad1b4e-9d8a-4c1f")]}, "HDR005"),
    Row("web", "the wrong Content-Type", SESSION, {"Content-Type": "application/json"}, "HDR006", SOME, body=b"{}"),
    Row("web", "a visitor in quotes", OUT, {"AP-Visitor-Identifier": '"20265673158980419722735089753036633573"'}, "HDR007"),
    Row("Apple TV", "a partner's status that says nothing", PROFILES, {"AP-Partner-Framework-Status": b64('{"a": "b5ad1b4e9d8a4c1f"}')}, "HDR008", SOME),
    Row(
        "Apple TV", "a partner's status of yesterday", PROFILES,
        {"AP-Partner-Framework-Status": b64('{"frameworkPermissionInfo": {"accessStatus": "granted"}, "frameworkProviderInfo": {"id": "Cablevision", "expirationDate": "1600000000000"}}')},
        "HDR012", SOME,
    ),
    Row("Apple TV", "a temporary pass that is none", POLL, {"AP-TempPass-Identity": "b5ad1b4e9d8a4c1fa7e0="}, "HDR009", SOME),
    Row("Apple TV", "a partner's route without its status", "POST /api/v2/REF30/sessions/sso/Apple", {"Content-Type": FORM}, "HDR010", SOME, body=b"SAMLResponse=x"),
    Row("Xbox", "a template as token", OUT, {"Authorization": "Bearer <access_token>"}, "HDR011"),
    Row("Apple TV", "a partner's status that was denied", PROFILES, {"AP-Partner-Framework-Status": b64('{"frameworkPermissionInfo": {"accessStatus": "denied"}, "frameworkProviderInfo": {}}')}, "HDR013", SOME),
    Row("web", "a visitor that is no ECID", OUT, {"AP-Visitor-Identifier": "b5ad1b4e-9d8a-4c1f"}, "HDR014"),
    Row("Fire TV", "headers of the SDK", OUT, {"ap_21": "b5ad1b4e9d8a4c1f", "AP-SDK-Identifier": "android/3.7"}, "HDR015"),
    Row("Apple TV", "an address as identity", f"{PROFILES}/TempPass_promo", {"AP-TempPass-Identity": b64('{"email":"jane.doe@example.com"}')}, "HDR016", SOME),
    # --- how often
    Row("Roku", "polling", POLL, {}, "", SOME, of=35),
    Row("Roku", "polling again at once", POLL, {}, "THR004", SOME, of=35),
    Row("web", "the configuration", "GET /api/v2/REF30/configuration", {}, "", SOME, of=36),
    Row("web", "the configuration once more", "GET /api/v2/REF30/configuration", {}, "THR005", SOME, of=36),
    Row("Xbox", "throttled", OUT, {}, "THR001", answered(b"<html>slow down</html>", 429, "text/html"), of=37),
    Row("Xbox", "again at once", OUT, {}, "THR002", of=37),
    Row("Apple TV", "a poll that finds the login", POLL.replace("ABC123", "DEF456"), {}, "", LOGGED_IN, of=45),
    Row("Apple TV", "and one more", POLL.replace("ABC123", "DEF456"), {}, "THR004 THR006", LOGGED_IN, of=45),
    Row("Xbox", "a session that has ended", SESSION, {"Content-Type": FORM}, "", answered({"code": "GHI789", "notAfter": "1700000000000"}), of=46, body=b"mvpd=Dish"),
    Row("Xbox", "a poll with its code", POLL.replace("ABC123", "GHI789"), {}, "THR007", SOME, of=46),
    Row("Roku", "a session", SESSION, {"Content-Type": FORM}, "", answered({"code": "JKL234", "notAfter": "1999999999000"}), of=47, body=b"mvpd=Dish"),
    Row("Roku", "a newer session", SESSION, {"Content-Type": FORM}, "", answered({"code": "MNO567", "notAfter": "1999999999000"}), of=47, body=b"mvpd=Dish"),
    Row("Roku", "a poll with the older code", POLL.replace("ABC123", "JKL234"), {}, "THR008", SOME, of=47),
    Row("web", "a call that is refused", OUT, {}, "RESP010", answered({"status": 400, "code": "invalid_parameter_redirect_url", "action": "none"}, 400), of=48),
    Row("web", "the same call again", OUT, {}, "FLOW002", of=48),
    Row("Roku", "a logout of temporary access", f"GET /api/v2/REF30/logout/TempPass_5mins?{BYE}", {}, "FLOW003"),
    Row("Apple TV", "a denied decision", DECIDE, {"Content-Type": "application/json"}, "", DENIED, of=38, body=b'{"resources":["r"]}'),
    Row("Apple TV", "a logout right after it", OUT, {}, "FLOW001", of=38),
    *(Row("server", f"call {n} of a burst", OUT, {}, "THR003?", of=39) for n in range(1, 15)),
    # --- answers
    Row("Apple TV", "another MVPD's key", OUT, {}, "RESP001", answered(entry("Dish"))),
    Row("Apple TV", "a pair that does not belong together", OUT, {}, "RESP002", answered(entry(actionType="interactive"))),
    Row("Roku", "logout without a url", OUT, {}, "RESP003", answered(entry(actionName="logout", actionType="interactive"))),
    Row("Roku", "complete with a url", OUT, {}, "RESP004", answered(entry(url="https://idp.example.com/?sid=Zk3cQ9vLs0aTb"))),
    Row("web", "a page", OUT, {}, "RESP005", answered(b"<html>we are sorry, jane.doe@example.com</html>", 200, "text/html")),
    Row("web", "no JSON, with a secret", OUT, {}, "RESP006", answered(b'{"userId": "jane.doe@example.com", "x": 1,, }')),
    Row("Fire TV", "a url without a host", OUT, {}, "RESP007", answered(entry(actionName="logout", actionType="interactive", url="/out?code=ABC123"))),
    Row("Fire TV", "no logouts", OUT, {}, "RESP008", answered({"userId": "b5ad1b4e9d8a4c1f"})),
    Row("Xbox", "two statuses", OUT, {}, "RESP009 RESP010", answered({"status": 403, "code": "invalid_client", "message": "no"}, 400)),
    Row("Xbox", "an error", OUT, {}, "RESP010", answered({"status": 400, "code": "invalid_parameter_mvpd", "action": "none"}, 400)),
    Row("Apple TV", "no profile", OUT, {}, "RESP011", answered(entry(actionName="invalid"))),
    Row("Xbox", "no integration", OUT, {}, "RESP010 RESP012", answered({"status": 400, "code": "invalid_integration", "action": "none"}, 400)),
    # --- v1
    Row("Apple TV", "v1's logout", V1_OUT, {"AP-Device-Identifier": None, "X-Device-Info": V1_INFO}, "V1001", answered(b"", 204)),
    Row("Apple TV", "v1's logout without a device", "DELETE /api/v1/logout?requestor=REF30", {"AP-Device-Identifier": None, "X-Device-Info": V1_INFO}, "V1001 V1003"),
    Row("Roku", "v1 without token and description", V1_OUT, {"AP-Device-Identifier": None, "X-Device-Info": None, "Authorization": None}, "V1001 V1004 V1005"),
    Row("Roku", "v1 with plain Base64", V1_OUT, {"AP-Device-Identifier": None, "X-Device-Info": described(model="4800")}, "V1001 V1006"),
    Row("Fire TV", "parameters of the past", f"{V1_OUT}&appId=x&deviceUser=jane.doe", {"AP-Device-Identifier": None, "X-Device-Info": V1_INFO}, "V1001 V1007"),
    Row("Fire TV", "signed", V1_OUT, {"AP-Device-Identifier": None, "X-Device-Info": V1_INFO, "Authorization": SIGNED.format("DELETE", "1700000000000")}, "V1001 V1008"),
    Row("Xbox", "signed wrongly", V1_OUT, {"AP-Device-Identifier": None, "X-Device-Info": V1_INFO, "Authorization": SIGNED.format("GET", "1700000000")}, "V1001 V1008 V1009"),
    Row("web", "v1 with a token of v2", V1_OUT, {"AP-Device-Identifier": None, "X-Device-Info": V1_INFO, "Authorization": bearer(sub="of-v2")}, "V1001 V1010"),
    Row("web", "v1 and then", V1_TOKEN, {"AP-Device-Identifier": None, "X-Device-Info": V1_INFO}, "V1001", SOME, of=40),
    Row("web", "v2", OUT, {}, "V1002", of=40),
)  # fmt: skip


def device(number: int) -> str:
    return f"ba23d141-d715-561c-94f4-{number:012x}"


def message(row: Row, number: int) -> bytes:
    """Write a row as a request; each device has an address and a client of its own."""
    number = row.of or 1000 + number
    fields: dict[str, str | list[str] | None] = {
        "Host": row.host,
        "Authorization": bearer(sub=f"client-{number}", **({"scopes": V1_SCOPES} if "/v1/" in row.line else {})),
        "AP-Device-Identifier": fp(device(number)),
        "X-Forwarded-For": f"93.{number // 250}.{number % 250}.34",
        "Accept": "application/json",
        **PLATFORMS[row.platform],
        **row.changes,
    }
    if row.body:
        fields["Content-Length"] = str(len(row.body))
    lines = [
        f"{name}: {line}"
        for name, value in fields.items()
        if value is not None
        for line in ([value] if isinstance(value, str) else value)
    ]
    start = f"{row.line.replace('{device}', device(number))} HTTP/1.1"
    return "\r\n".join([start, *lines, "", ""]).encode() + row.body


def routes() -> list[str]:
    """Return every route of the API, as a configuration names it, but those that are never recorded."""
    return [f"{method} {path}" for path, route in _TABLE if route.version != "dcr" for method in sorted(route.methods)]


Said = tuple[str, str, str, str, str]


async def played(lab: Lab, record: Sequence[str]) -> tuple[Running, dict[str, Row]]:
    """Send every row through one gateway; return it and the rows by their exchanges."""
    origin = await lab.origin(*(row.answer for row in TABLE))
    there = f"127.0.0.1:{origin.port}"
    hosts = {"production": "api.auth.adobe.com", "staging": "api.auth-staging.adobe.com", "other": "pass.example.net"}
    running = await lab.run(
        "record",
        origin,
        route_by_host=True,
        upstreams={
            "lab": {"origin": f"http://127.0.0.1:{origin.port}"},
            **{name: {"origin": f"http://{host}", "connect_to": there} for name, host in hosts.items()},
        },
        forwarded_for={"trusted_proxies": ["private"]},
        cassettes__record=record or list(LOGOUT_ROUTES),
        log__repeat="always",
    )
    rows: dict[str, Row] = {}
    for number, row in enumerate(TABLE):
        await running.ask(message(row, number))
        rows[running.events("exchange")[-1]["id"]] = row
    return running, rows


SAID = ("id", "severity", "where", "found", "expected")
"""What is compared of a finding."""


def live(running: Running) -> dict[str, Counter[Said]]:
    found: dict[str, Counter[Said]] = {}
    for event in running.events("exchange"):
        said = [tuple(finding[key] for key in SAID) for finding in event.get("findings", ())]
        found[event["id"]] = Counter(said)
    return found


def recorded() -> dict[str, Counter[Said]]:
    """Return what the audit of the folder says, by exchange."""
    folder = Path("cassettes")
    entries = [
        *load(folder / "logout.yaml").interactions,
        *load_findings(folder / "logout.findings.jsonl").interactions,
    ]
    result = audit([folder])
    assert len(entries) == result.calls
    found: dict[str, Counter[Said]] = {}
    for interaction, audited in zip(entries, result.interactions, strict=True):
        said = found.setdefault(str(interaction.about["id"]), Counter())
        for reported in audited.findings:
            one = reported.finding
            said[one.id, one.severity, one.where, one.found, one.expected] += 1
    assert result.not_judged() == {}
    return found


@pytest.mark.parametrize("record", [[], routes()], ids=["logouts", "every route"])
async def test_what_is_found_live_is_what_an_audit_of_the_recording_finds(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    running, rows = await played(lab, record)
    await running.stop()
    then, now = live(running), recorded()

    wrong: list[Any] = []
    for exchange, row in rows.items():
        ids = {said[0] for said in then[exchange]}
        if ids not in (
            {name for name in row.finds.split() if "?" not in name},
            set(row.finds.replace("?", "").split()),
        ):
            wrong.append(f"{row.platform}, {row.says}: live {' '.join(sorted(ids))}, in the table {row.finds}")
        if then[exchange] != now.get(exchange, Counter()):
            lost, more = then[exchange] - now.get(exchange, Counter()), now.get(exchange, Counter()) - then[exchange]
            wrong.append(f"{row.platform}, {row.says}: lost {dict(lost)}, more {dict(more)}")
    assert not wrong, "\n".join(wrong)
    assert {said[0] for found in then.values() for said in found} == {check.info.id for check in CHECKS}


async def test_so_it_is_when_many_calls_are_under_way_at_once(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What calls before it say of a call is settled before it is sent: another one that ends meanwhile changes nothing."""
    monkeypatch.chdir(tmp_path)
    running = await lab.run(
        "record",
        await lab.origin(DONE, DENIED, DONE),
        forwarded_for={"trusted_proxies": ["private"]},
        log__repeat="always",
    )
    rows = [row._replace(of=row.of or 50 + number % 7) for number, row in enumerate(TABLE) if row.host == "lab"]
    await asyncio.gather(*(running.ask(message(row, 0)) for row in [*rows, *rows]))
    await running.stop()
    then, now = live(running), recorded()
    assert len(then) == 2 * len(rows)
    assert {said[0] for found in then.values() for said in found} >= {"AUTH008", "DEV006", "THR003", "V1002", "XFF006"}
    assert now == {exchange: found for exchange, found in then.items() if found or exchange in now}


async def test_without_what_was_found_live_no_pseudonym_is_judged_as_the_apps_value(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a recording of an older gateway: less is found, and nothing else."""
    monkeypatch.chdir(tmp_path)
    running, _ = await played(lab, routes())
    await running.stop()
    path = Path("cassettes/logout.yaml")
    older = [
        replace(
            entry, about={name: value for name, value in entry.about.items() if name not in {"audited", "findings"}}
        )
        for entry in load(path).interactions
    ]
    replace_file(path, HEAD + b"".join(map(dump, older)))
    then = live(running)
    over_time = {check.info.id for check in CHECKS if isinstance(check, OverTimeCheck)}

    wrong = []
    for interaction, audited in zip(older, audit([path]).interactions, strict=False):
        known = {(said[0], said[2]) for said in then[str(interaction.about["id"])]}
        more = {(each.finding.id, each.finding.where) for each in audited.findings} - known
        wrong += [f"{audited.place}: {found}" for found in more if found[0] not in over_time]
    assert not wrong, "\n".join(wrong)

"""Apps as they are in life: what each platform's HTTP library sends by itself, and what the app says of its device.

Sources of the fields that a library sends stand beside each app; those of the device's description are the snippets and tables of the
X-Device-Info page unless something else is said. Where a page names no value for a platform, the nearest documented one is taken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from gateway.core.audit import Judged
from gateway.core.model import Headers, Request, Response
from tests.core.checks.calls import AT, b64, bearer, jwt

FORM = "application/x-www-form-urlencoded"
V1_SCOPES = "config:client,decisions:client,platform:sso,profile:client,tokens:client"
"""The scopes of a v1 token that was seen in life (github.com/m0ngr31/EPlusTV issue 125)."""


class App(NamedTuple):
    """One app on one platform."""

    source: str
    """Where it is written what its HTTP library sends."""
    agent: str
    info: Mapping[str, object]
    """What X-Device-Info holds; empty where the app leaves it out."""
    accept: str = ""
    """What the library sends as Accept unless it is told otherwise; empty where it sends none."""
    more: Mapping[str, str] = {}
    """Further fields of every call."""
    server: bool = False
    """Whether a server calls for the device, so that it says the device's address."""


def described(kind: str, model: str, version: str, system: str, release: str, **more: object) -> dict[str, object]:
    """Return a description with all members that the page requires."""
    required = {"model": model, "version": version, "osName": system, "osVersion": release}
    return {"primaryHardwareType": kind, **required, "connectionType": "WiFi", "applicationId": "REF30", **more}


CHROME_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
APPS: Mapping[str, App] = {
    "roku": App(
        "developer.roku.com/docs/references/brightscript/interfaces/ifhttpagent.md and roUrlTransfer: no Accept but the app's",
        "Roku/DVP-13.0 (13.0.0.4206-88)",
        described("SetTopBox", "Roku", "4800X", "Roku OS", "13.0", osVendor="Roku", vendor="Roku", connectionType="WifiConnection", connectionSecure=True),
        more={"X-Roku-Reserved-Roku-Connect-Token": jwt(sub="roku-account-7781", aud="adobe"), "Accept-Encoding": "gzip, deflate"},
    ),
    "roku-snippet": App(
        "the Roku table of the X-Device-Info page, value by value; RokuOS without a linked account sends no token",
        "Roku/DVP-12.5 (12.5.5.4174-46)",
        {"model": "Roku", "vendor": "Sharp", "manufacturer": "Sharp", "version": "5303X", "osName": "Roku", "osVersion": "12.5", "displayWidth": 1920, "displayHeight": 1080, "connectionType": "WiredConnection", "connectionSecure": True, "applicationId": "REF30"},
        more={"Accept-Charset": "utf-8"},
    ),
    "tvos": App(
        "developer.apple.com/documentation/foundation/urlsession: Accept */*, Accept-Language and CFNetwork's User-Agent by default",
        "REF30/421 CFNetwork/1496.0.7 Darwin/23.5.0",
        described("TV", "AppleTV", "14,1", "tvOS", "17.5", osVendor="Apple", vendor="Apple", manufacturer="Apple", displayWidth=1920, displayHeight=1080),
        accept="*/*",
        more={"Accept-Language": "en-US,en;q=0.9", "Accept-Encoding": "gzip, deflate, br"},
    ),
    "tvos-snippet": App(
        "the tvOS snippet of the X-Device-Info page: type, UIDevice.systemName and what Reachability says",
        "REF30/12 CFNetwork/1410.1 Darwin/22.6.0",
        {"type": "TV", "model": "Apple TV", "vendor": "Apple", "manufacturer": "Apple", "version": "AppleTV11,1", "osName": "tvOS", "osVersion": "16.6", "displayWidth": 1920, "displayHeight": 1080, "connectionType": "WiFi", "applicationId": "REF30"},
        accept="*/*",
    ),
    "ipados": App(
        "github.com/Alamofire/Alamofire Source/Core/HTTPHeaders.swift: default User-Agent, Accept-Encoding, Accept-Language",
        "REF30/5.1 (com.example.ref30; build:77; iPadOS 17.5.0) Alamofire/5.9.1",
        {"type": "Tablet", "model": "iPad", "vendor": "Apple", "manufacturer": "Apple", "version": "13,18", "osName": "iPadOS", "osVersion": "17.5", "connectionType": "cellular", "applicationId": "REF30"},
        accept="*/*",
        more={"Accept-Encoding": "br;q=1.0, gzip;q=0.9, deflate;q=0.8", "Accept-Language": "en;q=1.0"},
    ),
    "firetv": App(
        "square.github.io/okhttp BridgeInterceptor: User-Agent okhttp/VERSION and Accept-Encoding gzip, no Accept; Amazon's SSO cookbook",
        "okhttp/4.12.0",
        described("SetTopBox", "AFTMM", "montoya", "Android", "7.1.2", osVendor="Amazon", vendor="Amazon", manufacturer="Amazon"),
        more={"Adobe-Subject-Token": jwt(sub="amzn1.account.AGX7", iss="amazon", aud="adobe"), "Accept-Encoding": "gzip"},
    ),
    "firetv-dalvik": App(
        "developer.amazon.com/docs/fire-tv/user-agent-strings.html; HttpURLConnection's Accept of the Android sources",
        "Dalvik/2.1.0 (Linux; U; Android 9; AFTKA Build/PS7633.3445N)",
        described("MediaPlayer", "AFTKA", "kara", "Android", "9", osVendor="Amazon", vendor="Amazon", connectionType="WIFI"),
        accept="text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
    ),
    "androidtv": App(
        "github.com/square/retrofit with okhttp: Accept as its converter of JSON is told; User-Agent of the app",
        "REF30-AndroidTV/8.2.1 (BRAVIA 4K VH2; Android 12)",
        described("TV", "BRAVIA 4K VH2", "BRAVIA_VH2_M", "Android", "12", osVendor="Google", vendor="Sony", connectionType="ETHERNET", connectionSecure=True),
        accept="application/json",
        more={"Accept-Encoding": "gzip", "Connection": "Keep-Alive"},
    ),
    "androidtv-ktor": App(
        "ktor.io/docs/client-default-request.html: Accept application/json, Accept-Charset UTF-8, User-Agent ktor-client",
        "ktor-client",
        described("SetTopBox", "SHIELD Android TV", "mdarcy", "Android", "11", osVendor="Google", vendor="NVIDIA", connectionType="WIFI"),
        accept="application/json",
        more={"Accept-Charset": "UTF-8"},
    ),
    "xbox": App(
        "learn.microsoft.com/uwp/api/windows.web.http.httpclient: no Accept, no User-Agent but the app's",
        "REF30/3.4.0 (Xbox Series X; Windows 10.0.25398)",
        described("GamesConsole", "Xbox Series X", "1.0", "Windows", "10.0.25398", osVendor="Microsoft", osFamily="Windows", manufacturer="Microsoft", connectionType="LAN"),
    ),
    "xbox-web": App(
        "learn.microsoft.com/microsoft-edge/web-platform/user-agent-guidance: WebView2 of the Xbox; fetch.spec.whatwg.org: Accept */*",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edge/44.18363.8131",
        described("GamesConsole", "Xbox One", "1.0", "Windows", "10.0", osVendor="Microsoft", browserName="Edge", browserVendor="Microsoft"),
        accept="*/*",
        more={"Origin": "https://tv.example.com", "Sec-Fetch-Mode": "cors"},
    ),
    "tizen": App(
        "developer.samsung.com/smarttv/develop/guides/fundamentals/retrieving-platform-information.html; axios' default Accept",
        "Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.5) AppleWebKit/537.36 (KHTML, like Gecko) 85.0.4183.93/6.5 TV Safari/537.36",
        described("TV", "QN55Q80BAFXZA", "6.5", "Linux", "6.5", osFamily="Tizen", osVendor="Tizen Project", vendor="Samsung"),
        accept="application/json, text/plain, */*",
        more={"Origin": "file://", "Accept-Language": "en-US"},
    ),
    "tizen-family": App(
        "the same, of an app that calls its system by the name that the page has for the family alone; XMLHttpRequest's Accept */*",
        "Mozilla/5.0 (SMART-TV; LINUX; Tizen 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/5.0 TV Safari/537.36",
        described("TV", "UN43NU7100", "5.0", "Tizen", "5.0", osVendor="Samsung", vendor="Samsung", connectionType="LAN"),
        accept="*/*",
    ),
    "webos": App(
        "webostv.developer.lge.com/develop/specifications/web-api-and-web-engine; XMLHttpRequest's Accept */*",
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 WebAppManager",
        described("TV", "OLED55C2PUA", "03.34.41", "webOS", "7.3.0", osFamily="webOS", osVendor="LG", vendor="LG", connectionType="wired"),
        accept="*/*",
        more={"Origin": "null"},
    ),
    "chrome": App(
        "fetch.spec.whatwg.org; a browser may leave X-Device-Info out (X-Device-Info page, Browsers)",
        CHROME_AGENT,
        {},
        accept="*/*",
        more={"Origin": "https://www.example.com", "Referer": "https://www.example.com/", "Sec-Fetch-Site": "cross-site"},
    ),
    "extension": App(
        "github.com/HH5HH/UNDERPAR popup.js: Accept application/json, effectiveType as connectionType, connectionSecure as a boolean",
        CHROME_AGENT,
        described("Desktop", "Chrome", "126", "Windows", "10.0", browserName="Chrome", browserVendor="Google", userAgent=CHROME_AGENT, connectionType="4g", connectionSecure=True),
        accept="application/json",
    ),
    "firefox": App(
        "axios-http.com: Accept application/json, text/plain, */*",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:127.0) Gecko/20100101 Firefox/127.0",
        described("Desktop", "Firefox", "127", "OS X", "10.15", browserName="Firefox", browserVendor="Mozilla", connectionType="LAN"),
        accept="application/json, text/plain, */*",
    ),
    "node": App(
        "github.com/axios/axios lib/defaults: User-Agent axios/VERSION, Accept with JSON; server-to-server cookbook of v2",
        "axios/1.7.2",
        described("SetTopBox", "AFTMM", "montoya", "Android", "9", osVendor="Amazon", connectionIp="81.2.69.142", connectionPort=53124),
        accept="application/json, text/plain, */*",
        server=True,
    ),
    "java": App(
        "hc.apache.org/httpcomponents-client: User-Agent Apache-HttpClient/VERSION, no Accept; Spring's RestTemplate adds one",
        "Apache-HttpClient/5.3.1 (Java/21.0.3)",
        described("SetTopBox", "Roku", "4800X", "Roku OS", "13.0", osVendor="Roku", connectionIp="81.2.69.142", connectionPort=40112),
        accept="application/json, application/*+json",
        more={"X-Roku-Reserved-Roku-Connect-Token": jwt(sub="roku-account-99")},
        server=True,
    ),
    "go": App(
        "pkg.go.dev/net/http: User-Agent Go-http-client/1.1 and Accept-Encoding gzip, no Accept",
        "Go-http-client/1.1",
        described("TV", "QN55Q80BAFXZA", "6.5", "Linux", "6.5", osFamily="Tizen", osVendor="Samsung", connectionPort=50617),
        more={"Accept-Encoding": "gzip"},
        server=True,
    ),
    "python": App(
        "requests.readthedocs.io: User-Agent python-requests/VERSION, Accept */*, Connection keep-alive",
        "python-requests/2.32.3",
        described("TV", "AppleTV", "14,1", "tvOS", "17.5", osVendor="Apple", connectionPort="61002"),
        accept="*/*",
        more={"Accept-Encoding": "gzip, deflate", "Connection": "keep-alive"},
        server=True,
    ),
}  # fmt: skip

TOKENLESS = ("/o/client/", "/api/v2/authenticate/")
"""Where an app has no access token, or a browser goes in its place."""


def asked(
    name: str,
    line: str,
    changes: Mapping[str, str | None] | None = None,
    *,
    body: bytes = b"",
    at: float = AT,
    answer: Response | None = None,
    token: str = "",
    accept: str | None = None,
) -> Judged:
    """Make the call of an app, as it comes to a gateway; None takes a field away, `accept` stands in place of the library's own."""
    app = APPS[name]
    method, _, target = line.partition(" ")
    v1 = "/v1/" in target
    info = b64(json.dumps(app.info)) if app.info else ""
    device = f"{name}-5f4dcc3b-5aa7-65d6-1d83-27deb882cf99"
    address = "81.2.69.142" if app.server else "93.184.216.34"
    fields: dict[str, str | None] = {
        "User-Agent": app.agent,
        "Accept": app.accept if accept is None else accept,
        "X-Device-Info": quote(info, safe="") if v1 else info,
        "X-Forwarded-For": address if app.server else None,
        **app.more,
    }
    if not target.startswith(TOKENLESS):
        fields["Authorization"] = token or bearer(sub=f"client of {name}", scopes=V1_SCOPES if v1 else "api:client:v2")
        if not v1:
            fields["AP-Device-Identifier"] = f"fingerprint {b64(device)}"
    if method == "POST":
        fields["Content-Type"] = "application/json;charset=utf-8" if body.startswith(b"{") else FORM
    fields.update(changes or {})
    request = Request(
        method,
        target.replace("{device}", device),
        Headers.of([(key, value) for key, value in fields.items() if value]),
        body,
    )
    # a server's address is trusted to say whose call it is
    client = (fields["X-Forwarded-For"] or address).partition(",")[0]
    return Judged(
        request, answer, client=client, at=at, device=device, inbound=True, origin="https://api.auth.adobe.com"
    )

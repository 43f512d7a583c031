"""An app as tests play it: one client on one device, which asks an emulator."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urlencode

from gateway.emulator import Answer, Call, Emulator
from tests.emulator.calls import INFO, NOW, device, document, header, token

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
SP = "/api/v2/REF30"
REDIRECT = "https://app.example/done?x=1&y=2"


class App:
    """One client on one device."""

    def __init__(self, emulator: Emulator, client: str = "app", name: str = "tv-1") -> None:
        self.emulator = emulator
        self.now = NOW
        self.headers: dict[str, str] = {**token(client), "AP-Device-Identifier": device(name), "X-Device-Info": INFO}
        self.name = name

    def ask(self, line: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """Send a call with the app's headers and others."""
        method, _, target = line.partition(" ")
        fields = tuple({**self.headers, **(headers or {})}.items())
        return self.emulator.handle(Call(method, target, fields, body, self.now, "192.0.2.1"))

    def browse(self, target: str) -> Answer:
        """Open an address in a browser, which has none of the app's headers."""
        return self.emulator.handle(Call("GET", target, (("User-Agent", "Firefox"),), now=self.now))

    def posts(self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """Send a form to an endpoint of v2."""
        return self.ask(f"POST {SP}{path}", {**FORM, **(headers or {})}, urlencode(form).encode())

    def session(self, headers: Mapping[str, str] | None = None, **form: str) -> Any:
        """Create a session, and return its document."""
        given = {"mvpd": "Cablevision", "domainName": "adobe.com", "redirectUrl": REDIRECT, **form}
        return document(self.posts("/sessions", {name: value for name, value in given.items() if value}, headers))

    def log_in(self, mvpd: str = "Cablevision", headers: Mapping[str, str] | None = None) -> str:
        """Log in through the page, and return the code."""
        session = self.session(headers, mvpd=mvpd)
        assert press(self, session["url"]) == REDIRECT
        return str(session["code"])

    def profiles(self, headers: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the type of each profile."""
        shown = document(self.ask(f"GET {SP}/profiles", headers))["profiles"]
        return {mvpd: profile["type"] for mvpd, profile in shown.items()}

    def decides(
        self, kind: str, *resources: str, mvpd: str = "Cablevision", headers: Mapping[str, str] | None = None
    ) -> Any:
        """Ask for decisions, and return their entries."""
        body = json.dumps({"resources": [*resources]}).encode()
        return document(self.ask(f"POST {SP}/decisions/{kind}/{mvpd}", {**JSON, **(headers or {})}, body))["decisions"]

    def logs_out(self, mvpd: str = "Cablevision", headers: Mapping[str, str] | None = None) -> Any:
        """Log out, and return the entry of the answer."""
        answer = self.ask(f"GET {SP}/logout/{mvpd}?{urlencode({'redirectUrl': REDIRECT})}", headers)
        return document(answer)["logouts"][mvpd]


def press(app: App, url: str) -> str:
    """Open a page, press its one button as a browser does, and return where that leads."""
    page = app.browse(url)
    assert page.status == 200, page.body
    text = page.body.decode()
    assert text.count("<button") == 1
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', text)
    query = urlencode([(unescape(name), unescape(value)) for name, value in hidden])
    answer = app.browse(f"{url.partition('?')[0]}?{query}")
    assert answer.status == 302, answer.body
    (location,) = header(answer, "Location")
    return location

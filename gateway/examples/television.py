"""An app on a television, as small as one can be: it logs in by code, watches, and signs out. `python -m gateway.examples.television`.

Its settings are environment variables, as in a real app: ADOBE_PASS_URL is the API's address, the others have defaults.
television.mjs is the same app in JavaScript: change both. A test compares what they say.
"""

from __future__ import annotations

import http
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

from gateway.examples.client import (
    FORM,
    JSON,
    PAUSES,
    REDIRECT_URL,
    ApiClient,
    AppSettings,
    GaveUpError,
    NoWholeAnswerError,
    text64,
)

SERVICE_PROVIDER = "REF30"
MVPD = "Cablevision"
CHANNELS = ("News", "Sports", "Films")
POLLS, SECONDS_BETWEEN_POLLS = 5, 3


def statement() -> str:
    """Return a statement in the form of a real one, with no signature in it: enough for the emulator."""
    parts: tuple[dict[str, str], ...] = ({"alg": "RS256"}, {"sub": "television", "iss": "auth.adobe.com"}, {})
    return ".".join(text64(json.dumps(part)).replace("=", "").replace("+", "-").replace("/", "_") for part in parts)


def settings(environ: Mapping[str, str]) -> AppSettings:
    """Read the settings. What is wrong is a ValueError with all of it."""
    url = environ.get("ADOBE_PASS_URL", "")
    wrong, numbers = [], []
    if not re.fullmatch(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?", url):
        wrong.append(f'ADOBE_PASS_URL: expected the API\'s address, such as http://127.0.0.1:8080, found "{url}"')
    for name, default in (("APP_TIMEOUT", "10"), ("APP_SPEED", "1")):
        text = environ.get(name, default)
        if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) and float(text):
            numbers.append(float(text))
        else:
            wrong.append(f'{name}: expected a number above 0, found "{text}"')
    if wrong:
        raise ValueError("\n".join(wrong))
    return AppSettings(url.rstrip("/"), environ.get("ADOBE_PASS_SOFTWARE_STATEMENT") or statement(), *numbers)


class Television:
    """The app, from its first start to the sign-out."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def run(self) -> None:
        """Play the whole journey. GaveUpError says where it could not go on."""
        self._client.register()
        self._offer_mvpds()
        self._log_in()
        for channel in self._allowed(CHANNELS):
            self._watch(channel)
        self._sign_out()

    def _offer_mvpds(self) -> None:
        document = self._client.call("providers", "GET", f"/api/v2/{SERVICE_PROVIDER}/configuration").document
        found = document["requestor"]["mvpds"]
        self._client.tell("providers", f"offers {len(found)} TV providers; the user chooses {MVPD}")

    def _log_in(self) -> None:
        form = urlencode({"mvpd": MVPD, "domainName": "television.example", "redirectUrl": REDIRECT_URL})
        session = self._client.call("log in", "POST", f"/api/v2/{SERVICE_PROVIDER}/sessions", FORM, form).document
        if session["actionName"] == "authorize":
            self._client.tell("log in", "is logged in already")
            return
        self._client.tell("log in", f"shows the code {session['code']} and waits")
        self._second_screen(session["url"])
        path = f"/api/v2/{SERVICE_PROVIDER}/profiles/code/{session['code']}"
        for _ in range(POLLS):
            if profiles := self._client.call("log in", "GET", path).document["profiles"]:
                self._client.tell("log in", f"has a profile of {', '.join(profiles)}")
                return
            self._client.wait(SECONDS_BETWEEN_POLLS)
        message = "log in: nobody logged in with the code; ask for another one"
        raise GaveUpError(message)

    def _second_screen(self, url: str) -> None:
        """Do what the user does on a telephone: open the login page, and press its button."""
        page = self._client.browse("second screen", url)
        if page.status == http.HTTPStatus.OK:
            hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
            query = urlencode([(unescape(name), unescape(value)) for name, value in hidden])
            page = self._client.browse("second screen", f"{url.partition('?')[0]}?{query}")
        if page.location != REDIRECT_URL:
            message = "second screen: the login page did not lead back to the app"
            raise GaveUpError(message)
        self._client.tell("second screen", 'the user opens the login page and presses "Log in"')

    def _allowed(self, channels: tuple[str, ...]) -> list[str]:
        allowed = [
            each["resource"] for each in self._decisions("channels", "preauthorize", channels) if each["authorized"]
        ]
        self._client.tell("channels", f"shows {', '.join(allowed) or 'none'}")
        return allowed

    def _watch(self, channel: str) -> None:
        (decision,) = self._decisions("watch", "authorize", (channel,))
        if decision["authorized"]:
            seconds = (decision["token"]["notAfter"] - decision["token"]["notBefore"]) // 1000
            self._client.tell("watch", f"plays {channel}, with a media token for {seconds // 60} minutes")
        else:
            self._client.tell("watch", f"does not play {channel}: {decision['error']['code']}")

    def _decisions(self, step: str, kind: str, channels: tuple[str, ...]) -> Any:
        """Ask what may be watched. A user whose login is over logs in once more; what may be tried again is tried again."""
        path, body = f"/api/v2/{SERVICE_PROVIDER}/decisions/{kind}/{MVPD}", json.dumps({"resources": channels})
        pauses, logins = iter(PAUSES), 1
        while True:
            decisions = self._client.call(step, "POST", path, JSON, body).document["decisions"]
            errors = {each["error"]["action"]: each["error"]["code"] for each in decisions if "error" in each}
            if "authentication" in errors and logins:
                logins -= 1
                self._client.tell(step, f"{errors['authentication']}: the user logs in again")
                self._log_in()
            elif "retry" in errors and (pause := next(pauses, 0)):
                self._client.tell(step, f"{errors['retry']}: tries again in {pause} s")
                self._client.wait(pause)
            else:
                return decisions

    def _sign_out(self) -> None:
        """Sign out as the answer says. When the answer is lost, look whether it happened."""
        path = f"/api/v2/{SERVICE_PROVIDER}/logout/{MVPD}?redirectUrl={quote(REDIRECT_URL, safe='')}"
        for _ in range(2):
            try:
                answer = self._client.call("sign out", "GET", path, once=True)
            except NoWholeAnswerError as lost:
                self._client.tell("sign out", f"{lost}: looks whether it happened")
                if not self._profiles():
                    self._client.tell("sign out", "it happened; the address of the provider's page is lost")
                    return
            else:
                self._follow(answer.document["logouts"][MVPD])
                left = self._profiles()
                self._client.tell("sign out", f"profiles that are left: {', '.join(left) or 'none'}")
                return
        message = "sign out: no whole answer, twice; the user is still logged in"
        raise GaveUpError(message)

    def _follow(self, logout: Mapping[str, str]) -> None:
        if logout["actionType"] != "interactive":
            self._client.tell("sign out", f"{logout['actionName']}: nothing is left to do")
            return
        self._client.tell("sign out", "the provider has a logout page: opens it")
        page = self._client.browse("browser", logout["url"])
        there = page.location == REDIRECT_URL
        self._client.tell(
            "browser", f"the page {'leads back to the app' if there else 'does not lead back to the app'}"
        )

    def _profiles(self) -> list[str]:
        return [*self._client.call("profiles", "GET", f"/api/v2/{SERVICE_PROVIDER}/profiles").document["profiles"]]


def main(environ: Mapping[str, str], say: Callable[[str], object]) -> int:
    """Run the app. Returns its exit status: 0 after the whole journey, 1 where it gave up, 2 for settings that are wrong."""
    try:
        app = Television(ApiClient(settings(environ), say))
    except ValueError as wrong:
        say(str(wrong))
        return 2
    try:
        app.run()
    except GaveUpError as end:
        say(f"gave up        {end}")
        return 1
    except (LookupError, TypeError):
        say("gave up        an answer of the API is not as documented")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ, lambda line: print(line, flush=True)))  # noqa: T201  # an app speaks on its screen

"""How the example app asks the API: with an access token, in time, and again where that helps.

Facts
-----
* 401: another access token, and one more try (REST API V2 checklist). Other credentials would log the user out; they are for
  `invalid_client` alone. 429: wait a second or more; no Retry-After says how long (throttling page). 5xx, half an answer, an
  error whose action is `retry`: three more tries at most.
* A logout is a GET that deletes. So it is not sent again when its answer is lost: who sent it has to look what happened.
* client.mjs is the same in JavaScript: change both. A test compares what the apps say.
"""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

DEVICE_ID = "ae1f2ad6-7c2f-4b0e-9c57-3d1c0d6f8a21"
DEVICE_INFO = {
    "primaryHardwareType": "SetTopBox",
    "model": "TV 5th Gen",
    "version": "2",
    "manufacturer": "Apple",
    "vendor": "Apple",
    "osName": "tvOS",
    "osVendor": "Apple",
    "osVersion": "17.4",
    "connectionType": "WiFi",
    "connectionSecure": True,
}
REDIRECT_URL = "https://television.example/done"
USER_AGENT = "Television/1.0 (tvOS 17.4)"

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

BAD_REQUEST, UNAUTHORIZED, TOO_MANY_REQUESTS, INTERNAL_SERVER_ERROR = 400, 401, 429, 500
PAUSES = (1, 2, 4)
"""Seconds before each further try."""


class GaveUpError(Exception):
    """The app cannot go on; the text is what it tells its user."""


class RefusedError(GaveUpError):
    """The API said no, and means it."""

    def __init__(self, text: str, status: int, code: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


class NoWholeAnswerError(Exception):
    """A call had no answer, or half of one."""


class AppSettings(NamedTuple):
    """The app's settings from the environment."""

    url: str
    statement: str
    """The registered application's software statement."""
    timeout: float
    """Seconds that a call may take."""
    speed: float
    """How many times faster than a real app it waits; for tests."""


class ApiAnswer(NamedTuple):
    """An answer of the API, or a page for the browser."""

    status: int
    location: str
    text: str

    @property
    def document(self) -> Any:
        """The body's JSON object; empty if it is none."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def code(self) -> str:
        """The error's code; client registration calls it `error`. Empty if there is none."""
        return str(self.document.get("code") or self.document.get("error") or "")

    @property
    def is_final(self) -> bool:
        """Whether the API means what it says: asking again would bring the same."""
        refused = BAD_REQUEST <= self.status < INTERNAL_SERVER_ERROR and self.status != TOO_MANY_REQUESTS
        return refused and self.document.get("action") != "retry"

    @property
    def said(self) -> str:
        """The problem, for a message."""
        if self.status == TOO_MANY_REQUESTS:
            return "throttled (429)"
        return f"{self.status} {self.code}".rstrip() if self.status >= BAD_REQUEST else "no JSON"


def text64(text: str) -> str:
    """Return a text in Base64."""
    return base64.b64encode(text.encode()).decode()


class ApiClient:
    """One app on one device, as the API sees it: credentials, an access token, and the headers of its calls."""

    def __init__(self, given: AppSettings, say: Callable[[str], object]) -> None:
        """`say` takes each line that there is to say."""
        self._given = given
        self._say = say
        self._credentials: dict[str, str] = {}
        self._token = ""

    def tell(self, step: str, text: str) -> None:
        """Say what happens in a step."""
        self._say(f"{step:<14} {text}")

    def wait(self, seconds: float) -> None:
        """Wait, in the app's own seconds."""
        time.sleep(seconds / self._given.speed)

    def register(self) -> None:
        """Get credentials for this app on this device, and a token for them."""
        self._credentials = {}
        body = json.dumps({"software_statement": self._given.statement, "redirect_uri": REDIRECT_URL})
        made = self._ask("register", "POST", "/o/client/register", JSON, body).document
        self._credentials = {name: made[name] for name in ("client_id", "client_secret")}
        self.tell("register", "the app has client credentials of its own")
        self._get_token()

    def _get_token(self) -> None:
        form = urlencode({**self._credentials, "grant_type": "client_credentials"})
        made = self._ask("token", "POST", "/o/client/token", FORM, form).document
        self._token = made["access_token"]
        self.tell("token", f"an access token, good for {made['expires_in'] // 3600} hours")

    def call(
        self, step: str, method: str, path: str, more: Mapping[str, str] = {}, body: str = "", *, once: bool = False
    ) -> ApiAnswer:
        """Ask with an access token. After a 401 the app gets another one, and asks once more; it does not register again."""
        try:
            return self._ask(step, method, path, {"Authorization": f"Bearer {self._token}", **more}, body, once=once)
        except RefusedError as refused:
            if refused.status != UNAUTHORIZED:
                raise
        self.tell(step, "the access token is refused (401): gets another one")
        self._renew_token()
        return self._ask(step, method, path, {"Authorization": f"Bearer {self._token}", **more}, body, once=once)

    def _renew_token(self) -> None:
        """Get another token. Credentials that the API no longer knows (`invalid_client`) are replaced, too."""
        try:
            self._get_token()
        except RefusedError as refused:
            if refused.code != "invalid_client":
                raise
            self.tell("token", "invalid_client: registers again")
            self.register()

    def _ask(
        self, step: str, method: str, path: str, more: Mapping[str, str], body: str = "", *, once: bool = False
    ) -> ApiAnswer:
        """Ask the API, with the headers that say which device asks."""
        headers = {
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
            "AP-Device-Identifier": f"fingerprint {text64(DEVICE_ID)}",
            "X-Device-Info": text64(json.dumps(DEVICE_INFO)),
            **more,
        }
        return self._try(step, method, path, headers, body, once=once)

    def browse(self, step: str, url: str) -> ApiAnswer:
        """Open a page as a browser does, without the app's headers. It follows no redirect."""
        return self._try(step, "GET", url, {"Accept": "text/html", "User-Agent": "Mozilla/5.0"})

    def _try(
        self, step: str, method: str, url: str, headers: Mapping[str, str], body: str = "", *, once: bool = False
    ) -> ApiAnswer:
        """Ask until there is an answer to go on with.

        `once`: asks again only where nothing was done, and otherwise raises NoWholeAnswerError.
        """
        for pause in (*PAUSES, 0):
            done = ""  # what may have been done, though the app does not know
            try:
                answer = self._send(method, url, headers, body)
                if answer.status < BAD_REQUEST and (answer.document or "json" not in headers["Accept"]):
                    return answer
                problem = answer.said
                if answer.is_final:
                    message = f"{step}: the API refuses: {problem}"
                    raise RefusedError(message, answer.status, answer.code)
                done = problem if answer.status != TOO_MANY_REQUESTS else ""
            except NoWholeAnswerError as error:
                problem = done = str(error)
            if once and done:
                raise NoWholeAnswerError(done)
            if pause:
                self.tell(step, f"{problem}: tries again in {pause} s")
                self.wait(pause)
        message = f"{step}: {problem}, {len(PAUSES) + 1} times; try again later"
        raise GaveUpError(message)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: str) -> ApiAnswer:
        """Send one request on a connection of its own, and read its whole answer in time."""
        end = time.monotonic() + self._given.timeout
        address = urlsplit(urljoin(self._given.url, url))
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.netloc, timeout=self._given.timeout)
        try:
            target = address._replace(scheme="", netloc="", fragment="").geturl()
            connection.request(method, target or "/", body or None, dict(headers))
            answer = connection.getresponse()
            read = _whole(answer, end)
        except TimeoutError as error:
            message = f"no whole answer in {self._given.timeout:g} s"
            raise NoWholeAnswerError(message) from error
        except (OSError, http.client.HTTPException) as error:
            message = "the connection broke"
            raise NoWholeAnswerError(message) from error
        finally:
            connection.close()
        return ApiAnswer(answer.status, answer.headers.get("Location", ""), read.decode("utf-8", "replace"))


def _whole(answer: http.client.HTTPResponse, end: float) -> bytes:
    """Read a body until `end`, which is a TimeoutError; http.client itself limits each piece alone."""
    expected, read = answer.length, b""
    while piece := answer.read1(1 << 16):
        read += piece
        if time.monotonic() > end:
            raise TimeoutError
    if expected is not None and len(read) < expected:
        raise http.client.IncompleteRead(read, expected - len(read))
    return read

"""The example app's journey: what it says, run by Python or by Node, and what it says of each fault."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import gateway.examples
from gateway.examples import television
from tests.harness.lab import Lab, Running

FOLDER = Path(gateway.examples.__file__).parent
NODE = shutil.which("node")
CODE = re.compile(r"REDACTED-CODE-[0-9a-f]{6}|[A-Z0-9]{7}")
JOURNEY = """\
register       the app has client credentials of its own
token          an access token, good for 6 hours
providers      offers 6 TV providers; the user chooses Cablevision
log in         shows the code CODE and waits
second screen  the user opens the login page and presses "Log in"
log in         has a profile of Cablevision
channels       shows News, Sports, Films
watch          plays News, with a media token for 10 minutes
watch          plays Sports, with a media token for 10 minutes
watch          plays Films, with a media token for 10 minutes
sign out       the provider has a logout page: opens it
browser        the page leads back to the app
sign out       profiles that are left: none
""".splitlines()

AT_THE_BEGINNING: dict[str, object] = {"emulator__logged_in": "none", "emulator__strict": True}

Ran = tuple[int, list[str]]
"""Exit status, and the lines that the app said."""


async def running(lab: Lab, mode: str, folder: Path, **settings: object) -> Running:
    """Start a gateway before a strict emulator at which nobody is logged in; all of v2 is recorded."""
    kept = {"cassettes__name": str(folder / "app.yaml"), "cassettes__record": "v2"}
    return await lab.run(
        mode, None, None, **{**AT_THE_BEGINNING, **kept, "redaction__key_file": str(folder / "key"), **settings}
    )


async def python(url: str, **more: str) -> Ran:
    """Run the app in a thread of its own."""
    lines: list[str] = []
    environ = {"ADOBE_PASS_URL": url, "APP_SPEED": "100", **more}
    return await asyncio.to_thread(television.main, environ, lines.append), without_codes(lines)


async def node(url: str, **more: str) -> Ran:
    """Run the app in Node."""
    environ = {**os.environ, "ADOBE_PASS_URL": url, "APP_SPEED": "100", **more}
    running = await asyncio.create_subprocess_exec(
        NODE or "node", str(FOLDER / "television.mjs"), env=environ, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await running.communicate()
    assert running.returncode is not None
    return running.returncode, without_codes(said.decode().splitlines())


def without_codes(lines: Sequence[str]) -> list[str]:
    """Put a word in the place of the login code, which is another one each time."""
    return [CODE.sub("CODE", line) if "shows the code" in line else line for line in lines]


def beside_the_journey(lines: Sequence[str]) -> list[str]:
    """Return the lines that the undisturbed app does not say, or not so often."""
    usual = Counter(JOURNEY)
    found = []
    for line in lines:
        usual[line] -= 1
        if usual[line] < 0:
            found.append(line)
    return found


def at(route: str, **more: object) -> dict[str, object]:
    """Return the condition of a fault that is done to one route."""
    return {"when": {"route": route, **more}}


SESSIONS, PAGE = "POST /api/v2/{sp}/sessions", "GET /api/v2/authenticate/{sp}/{code}"
POLL, PROFILES = "GET /api/v2/{sp}/profiles/code/{code}", "GET /api/v2/{sp}/profiles"
CHANNELS, WATCH = (f"POST /api/v2/{{sp}}/decisions/{kind}/{{mvpd}}" for kind in ("preauthorize", "authorize"))
LOGOUT = "GET /api/v2/{sp}/logout/{mvpd}"
ANOTHER_TOKEN = "token          an access token, good for 6 hours"
LOST = (
    "sign out       the connection broke: looks whether it happened",
    "sign out       it happened; the address of the provider's page is lost",
)

SURVIVED: list[tuple[dict[str, object], list[str]]] = [
    (
        {"throttle": {"capacity": 2, "rate": 0.001}, **at(WATCH, times=1)},
        ["watch          throttled (429): tries again in 1 s"],
    ),
    ({"throttle": {"capacity": 1}, **at(LOGOUT, nth=1)}, []),
    (
        {"expired_token": 5},
        [
            "watch          the access token is refused (401): gets another one",
            ANOTHER_TOKEN,
        ],
    ),
    (
        {"error": "internal_server_error", **at(SESSIONS, nth=1)},
        ["log in         500 internal_server_error: tries again in 1 s"],
    ),
    (
        {"error": "network_connection_timeout", **at(WATCH, nth="1..2")},
        [
            "watch          network_connection_timeout: tries again in 1 s",
            "watch          network_connection_timeout: tries again in 2 s",
        ],
    ),
    (
        {"error": "authorization_denied_by_mvpd", **at(WATCH, nth=2)},
        ["watch          does not play Sports: authorization_denied_by_mvpd"],
    ),
    (
        {"error": "authenticated_profile_expired", **at(WATCH, nth=1)},
        ["watch          authenticated_profile_expired: the user logs in again", "log in         is logged in already"],
    ),
    ({"status": {"code": 503}, **at(PAGE, nth=2)}, ["second screen  503: tries again in 1 s"]),
    ({"status": {"code": 200, "body": "<html>"}, **at(POLL, nth=1)}, ["log in         no JSON: tries again in 1 s"]),
    ({"delay": "50ms"}, []),
    ({"slow_body": 20_000}, []),
    (
        {"truncated_body": None, **at(CHANNELS, nth="1..2")},
        [
            "channels       the connection broke: tries again in 1 s",
            "channels       the connection broke: tries again in 2 s",
        ],
    ),
    ({"reset": "head", **at(POLL, nth=1)}, ["log in         the connection broke: tries again in 1 s"]),
    ({"malformed_chunk": None, **at(WATCH, nth=3)}, ["watch          the connection broke: tries again in 1 s"]),
    ({"empty_response": None, **at(PROFILES, nth=1)}, ["profiles       the connection broke: tries again in 1 s"]),
    ({"reset": "body", **at(LOGOUT)}, [*LOST]),
    ({"reset": {"sent": True}, **at(LOGOUT)}, [*LOST]),
    ({"reset": None, **at(LOGOUT, nth=1)}, ["sign out       the connection broke: looks whether it happened"]),
]
"""What a fault adds to what the app says. It comes to its end."""

FORGOTTEN = [{"expired_token": 6}, {"error": "invalid_client", "when": {"route": "POST /o/client/token", "nth": 2}}]
"""The token expires, and the API does not know the client any more."""
LOGGED_IN_AGAIN = [
    "watch          the access token is refused (401): gets another one",
    "token          invalid_client: registers again",
    "register       the app has client credentials of its own",
    ANOTHER_TOKEN,
    "watch          authenticated_profile_missing: the user logs in again",
    "log in         shows the code CODE and waits",
    'second screen  the user opens the login page and presses "Log in"',
    "log in         has a profile of Cablevision",
]

GIVEN_UP: list[tuple[dict[str, object], str]] = [
    (
        {"error": "invalid_software_statement"},
        "gave up        register: the API refuses: 400 invalid_software_statement",
    ),
    (
        {"error": "invalid_integration", **at(SESSIONS)},
        "gave up        log in: the API refuses: 400 invalid_integration",
    ),
    (
        {"expired_token": 0},
        "gave up        providers: the API refuses: 401 invalid_access_token_client_application",
    ),
    (
        {"throttle": {"capacity": 1, "rate": 0.001}, **at(WATCH)},
        "gave up        watch: throttled (429), 4 times; try again later",
    ),
    ({"status": {"code": 503}, **at(PROFILES)}, "gave up        profiles: 503, 4 times; try again later"),
    (
        {"truncated_body": None, **at(PAGE)},
        "gave up        second screen: the connection broke, 4 times; try again later",
    ),
    (
        {"reset": None, **at(LOGOUT)},
        "gave up        sign out: no whole answer, twice; the user is still logged in",
    ),
    (
        {"status": {"code": 200, "body": '{"profiles": 1, "x": {}}'}, **at(WATCH)},
        "gave up        an answer of the API is not as documented",
    ),
]
"""Faults after which the app ends, with a message of its own."""

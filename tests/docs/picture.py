"""Takes the picture of the page anew, with Chromium: `python -m tests.docs.picture`.

A gateway runs with the built-in emulator. Five devices call it. Some of their calls have a mistake, so that there is something to see.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

from tests.control.page.browser import CHROMIUM, FLAGS
from tests.harness.processes import GATEWAY, ROOT, SOON, environment

PICTURE = ROOT / "docs" / "pictures" / "control-page.png"
WIDTH, HEIGHT = 1300, 760
PAUSE = 0.15
"""Seconds between two calls, so that the page shows different times."""


class Television(NamedTuple):
    """A device that calls the gateway."""

    user_agent: str
    model: str
    os_name: str
    id: str

    def headers(self) -> dict[str, str]:
        """Return the header fields of a well-made call."""
        info = {
            "primaryHardwareType": "TV",
            "model": self.model,
            "version": "1",
            "osName": self.os_name,
            "osVersion": "18",
            "connectionType": "WiFi",
        }
        return {
            "Accept": "application/json",
            "AP-Device-Identifier": f"fingerprint {_base64(self.id)}",
            "Authorization": f"Bearer {_token(self.id)}",
            "User-Agent": self.user_agent,
            "X-Device-Info": _base64(json.dumps(info)),
        }


TELEVISIONS = (
    Television("AppleTV11,1/11.1", "AppleTV11,1", "tvOS", "living-room-apple-tv"),
    Television("Roku/DVP-14.0", "3920X", "Roku OS", "kitchen-roku-express"),
    Television("Dalvik/2.1.0 (Linux; Android 9; AFTMM)", "AFTMM", "Android", "bedroom-fire-television"),
    Television("Mozilla/5.0 (SMART-TV; Tizen 7.0)", "UE55", "Tizen", "cellar-samsung-television"),
    Television("Mozilla/5.0 (Xbox; Xbox One)", "Xbox One", "Windows", "games-console-in-attic"),
)
CALLS = (
    "GET /api/v2/REF30/configuration",
    "GET /api/v2/REF30/profiles",
    "GET /api/v2/REF30/profiles/Dish",
    "GET /api/v2/REF30/logout/{mvpd}?redirectUrl=https%3A%2F%2Fexample.com%2Fbye",
)
MISTAKES: dict[int, dict[str, str | None]] = {
    6: {"X-Device-Info": None},
    11: {"Accept": "text/html"},
    13: {"Authorization": None},
    17: {"AP-Device-Identifier": "kitchen-roku-express"},
}
"""Header fields that a call has in place of its own, by its number; None: it lacks the field."""


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _token(device: str) -> str:
    claims = {"sub": device, "iss": "auth.adobe.com", "scopes": "api:client:v2", "iat": 1764280000, "exp": 4102444800}
    return (
        ".".join(_base64(json.dumps(part)).rstrip("=") for part in ({"alg": "RS256"}, claims))
        + "."
        + _base64("no signature").rstrip("=")
    )


@contextmanager
def gateway(folder: Path) -> Iterator[tuple[str, str]]:
    """Run a gateway; yield the address for apps, and that of the page."""
    (folder / "config.yaml").write_text("log: {file: log, format: json}\ncontrol: {port: 0}\nlisten: {port: 0}\n")
    with subprocess.Popen(
        [*GATEWAY, "run"], cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().split(" ")[3]
            yield address, control_of(folder / "log")
        finally:
            process.terminate()


def control_of(log: Path) -> str:
    """Return the address of the page, which the log says."""
    until = monotonic() + SOON
    while monotonic() < until:
        for line in log.read_text("utf-8").splitlines():
            said = json.loads(line)
            if said["event"] == "control listening":
                return str(said["url"])
        sleep(0.05)
    raise TimeoutError(log)


def call(address: str) -> None:
    """Let the devices call."""
    for number in range(24):
        television = TELEVISIONS[number * 3 % len(TELEVISIONS)]
        method, target = CALLS[number % len(CALLS)].split(" ")
        fields = {**television.headers(), **MISTAKES.get(number, {})}
        request = urllib.request.Request(
            address + target.format(mvpd=("Dish", "Spectrum", "Cablevision")[number % 3]),
            method=method,
            headers={name: value for name, value in fields.items() if value is not None},
        )
        with suppress(urllib.error.HTTPError), urllib.request.urlopen(request) as answer:
            answer.read()
        sleep(PAUSE)


def main() -> None:
    """Take the picture."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # the only one who needs it

    with (
        tempfile.TemporaryDirectory() as folder,
        gateway(Path(folder)) as (address, page_address),
        sync_playwright() as play,
    ):
        call(address)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.set_default_timeout(SOON * 1000)
        page.goto(page_address)
        page.get_by_label("Token").fill((Path(folder) / ".gateway-control-token").read_text().strip())
        page.get_by_role("button", name="Log in").click()
        page.locator(".row", has_text="400").first.locator("a").first.click()
        page.get_by_role("heading", name="Findings").wait_for()
        page.wait_for_timeout(300)  # the row's colour fades in
        page.mouse.move(0, 0)
        page.screenshot(path=PICTURE)
        browser.close()
    print(PICTURE.relative_to(ROOT))  # noqa: T201


if __name__ == "__main__":
    main()

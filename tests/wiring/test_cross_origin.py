"""Pages of another origin, over real sockets and in a real browser: what stands in for the API may be read, a real upstream is not touched."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from socket import socket

import pytest

from gateway.cassettes.reader import load
from tests.conversation import fingerprint
from tests.harness.lab import Lab, Running
from tests.harness.sockets import Message

CASSETTE = Path("cassettes/logout.yaml")
PAGE = "http://tv.example:3000"
DISH = "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fexample.com"
APP = {
    "Authorization": "Bearer any",
    "AP-Device-Identifier": fingerprint("my-television-1"),
    "X-Device-Info": "eyJtb2RlbCI6IlRWIn0=",
}
PREFLIGHT = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
OWN = JSON + b"Access-Control-Allow-Origin: https://adobe.example\r\nContent-Length: 15\r\n\r\n" + b'{"logouts": {}}'


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def ask(running: Running, method: str, target: str, origin: str | None, fields: Mapping[str, str]) -> Message:
    lines = [f"{method} {target} HTTP/1.1", "Host: gateway.lab", *(f"{name}: {fields[name]}" for name in fields)]
    lines += [] if origin is None else [f"Origin: {origin}"]
    return await running.ask("\r\n".join([*lines, "", ""]).encode())


def allowed(answer: Message) -> list[bytes]:
    return answer.all(b"Access-Control-Allow-Origin")


@pytest.mark.parametrize("mode", ["passthrough", "record", "auto"])
async def test_an_app_of_another_origin_reads_what_the_emulator_answers(lab: Lab, mode: str) -> None:
    running = await lab.run(mode)
    preflight = await ask(running, "OPTIONS", DISH, PAGE, PREFLIGHT)
    answer = await ask(running, "GET", DISH, PAGE, APP)
    assert (preflight.status, allowed(preflight)) == (204, [PAGE.encode()])
    assert (answer.status, allowed(answer)) == (200, [PAGE.encode()])
    assert allowed(await ask(running, "GET", "/no/such/path", PAGE, APP)) == [PAGE.encode()]
    assert allowed(await ask(running, "GET", DISH, None, APP)) == []
    assert [event for event in running.events("exchange") if event["method"] == "OPTIONS" and "findings" in event] == []


async def test_a_replay_is_read_from_any_origin_and_the_recording_holds_none_of_it(lab: Lab) -> None:
    """A miss can be read, too: an app would otherwise be told of a network that failed."""
    recording = await lab.run("record")
    await ask(recording, "OPTIONS", DISH, PAGE, PREFLIGHT)
    live = await ask(recording, "GET", DISH, PAGE, APP)
    await recording.stop()
    (held,) = load(CASSETTE).interactions
    assert not any(name.lower().startswith("access-control") for name in held.response.headers)

    replaying = await lab.run("replay", upstream="production")
    for origin in (PAGE, "null", "file://"):
        preflight = await ask(replaying, "OPTIONS", DISH, origin, PREFLIGHT)
        answer = await ask(replaying, "GET", DISH, origin, APP)
        miss = await ask(replaying, "GET", "/api/v2/REF30/logout/Other", origin, APP)
        assert (preflight.status, answer.status, miss.status) == (204, 200, 502)
        assert [*allowed(preflight), *allowed(answer), *allowed(miss)] == [origin.encode()] * 3
        assert answer.body == live.body
    assert b"X-Gateway-Error" in miss.get(b"Access-Control-Expose-Headers")


async def test_a_v1_app_in_a_browser_reads_the_reply_of_the_rule(lab: Lab) -> None:
    running = await lab.run("passthrough", rules=[{"v1_logout": {"redirect_url": "https://example.com/bye"}}])
    target = "/api/v1/logout?requestor=REF30&deviceId=my-television-1"
    preflight = await ask(running, "OPTIONS", target, PAGE, {"Access-Control-Request-Method": "DELETE"})
    assert (preflight.status, allowed(preflight)) == (204, [PAGE.encode()])
    answer = await ask(running, "DELETE", target, PAGE, {})
    assert (answer.status, allowed(answer)) == (204, [PAGE.encode()])
    assert b"X-Gateway-Logout-Url" in answer.get(b"Access-Control-Expose-Headers")


@pytest.mark.parametrize("mode", ["passthrough", "record", "auto"])
async def test_a_real_upstream_answers_for_itself(lab: Lab, mode: str) -> None:
    """Nothing is added to what it says, to a replay of it in auto, or to an error of the gateway's own."""
    origin = await lab.origin(
        b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n", JSON + b"Content-Length: 2\r\n\r\n{}", OWN
    )
    running = await lab.run(mode, origin)
    preflight = await ask(running, "OPTIONS", DISH, PAGE, PREFLIGHT)
    assert (preflight.status, b"access-control" in preflight.head.lower()) == (405, False)
    for _ in range(2):
        answer = await ask(running, "GET", DISH, PAGE, APP)
    assert origin.seen[0].start.startswith(b"OPTIONS ")
    assert [line for line in answer.lines if b"access-control" in line.lower()] == [
        b"Access-Control-Allow-Origin: https://adobe.example"
    ]
    await running.stop()
    if mode != "passthrough":
        played = await lab.run("auto", origin)
        answer = await ask(played, "GET", DISH, PAGE, APP)
        assert (answer.status, b"access-control" in answer.head.lower()) == (200, False)
        assert len(origin.seen) == 3


async def test_an_unreachable_upstream_allows_nothing(lab: Lab) -> None:
    with socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        origin = f"http://127.0.0.1:{closed.getsockname()[1]}"
        running = await lab.run("passthrough", upstreams__lab__origin=origin, upstream="lab")
        answer = await ask(running, "GET", DISH, PAGE, APP)
    assert (answer.status, b"access-control" in answer.head.lower()) == (502, False)


async def test_off_allows_nothing_and_is_said_once(lab: Lab) -> None:
    running = await lab.run("passthrough", cors="off")
    answers = [await ask(running, "OPTIONS", DISH, PAGE, PREFLIGHT) for _ in range(2)]
    answers.append(await ask(running, "GET", DISH, PAGE, APP))
    assert not any(b"access-control" in answer.head.lower() for answer in answers)
    assert len(running.events("cors is off")) == 1


# --- in a browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HTML = b"<!doctype html><title>a television's app</title>"
TRY = """
async ([url, method, headers]) => {
  try {
    const answer = await fetch(url, {method, headers, credentials: 'include'});
    return [answer.status, await answer.text(), answer.headers.get('X-Gateway-Error')];
  } catch (error) {
    return [0, error.name, null];
  }
}
"""


@pytest.mark.long
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium")
async def test_in_a_real_chromium(lab: Lab) -> None:
    """A page of another origin logs out of the emulator and of a replay, and cannot reach a real upstream in any mode."""
    api = pytest.importorskip("playwright.async_api", reason="Playwright is not installed: pip install '.[dev]'")
    site = await lab.origin(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(HTML) + HTML
    )
    adobe = await lab.origin(JSON + b'Content-Length: 15\r\n\r\n{"logouts": {}}')
    alone = await lab.emulator()
    urls = {"emulator alone": alone.url}
    for mode in ("record", "passthrough", "auto"):
        urls[mode] = (await lab.run(mode, cassettes__name=mode)).serving.url
        urls[f"{mode}, real"] = (await lab.run(mode, adobe, cassettes__name=f"{mode}-real")).serving.url
    urls["off"] = (await lab.run("passthrough", cors="off")).serving.url
    async with api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{site.port}/")

        async def fetched(where: str, target: str = DISH, method: str = "GET") -> list[object]:
            result: list[object] = await page.evaluate(TRY, [urls[where] + target, method, APP])
            return result

        for where in ("emulator alone", "record", "passthrough", "auto"):
            status, body, _ = await fetched(where)
            assert (status, json.loads(str(body))["logouts"]["Dish"]["actionName"]) == (200, "complete"), where
            assert (await fetched(where, "/api/v1/logout?deviceId=tv-number-1", "DELETE"))[0] == 204, where
        urls["replay"] = (await lab.run("replay", cassettes__name="record")).serving.url
        status, body, _ = await fetched("replay")
        assert (status, json.loads(str(body))["logouts"]["Dish"]["actionName"]) == (200, "complete")
        assert (await fetched("replay", "/api/v2/REF30/logout/Other"))[::2] == [502, "gateway_replay_miss"]
        for where in ("record, real", "passthrough, real", "auto, real", "off"):
            assert (await fetched(where))[:2] == [0, "TypeError"], where
        await browser.close()
    assert {message.start.split()[0] for message in adobe.seen} == {b"OPTIONS"}  # no logout reached it

"""The emulator that a configuration describes is the one that a gateway's requests reach."""

# a folder of its own
from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.cassettes.reader import load
from gateway.config import EmulatorSection
from gateway.wiring.emulator import EmulatorMistake, emulator_of
from tests.harness.lab import Lab, Running
from tests.legs import device_header

HEADERS = f"Host: x\r\nAP-Device-Identifier: {device_header('tv')}\r\nAuthorization: Bearer t\r\n"
TV = "tv".rjust(24, "0")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def ask(running: Running, line: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    answer = await running.ask(f"{line} HTTP/1.1\r\n{HEADERS}{length}\r\n".encode() + body)
    fields = dict(each.partition(": ")[::2] for each in answer.head.decode().split("\r\n")[1:])
    return answer.status, fields, answer.body


def test_every_key_is_what_the_emulator_does(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mvpds: {Cox: , Dish: off}\n", "utf-8")
    section = EmulatorSection(
        logged_in={"tv": ("Cox", "Verizon")},
        mvpds=("Verizon",),
        catalogue=tmp_path / "mine.yaml",
        auto_login=True,
        strict=True,
        throttle=True,
    )
    emulator = emulator_of(section)
    options = emulator.options
    assert (options.strict, options.throttle, options.auto_login) == (True, True, True)
    assert options.logged_in == {"tv": ("Cox", "Verizon")}
    assert [name for name in ("Cox", "Verizon", "Cablevision", "Dish") if emulator.catalogue.find(name)] == [
        "Cox",
        "Verizon",
        "Cablevision",
    ]


def test_what_only_the_catalogue_knows_to_be_wrong_is_one_mistake(tmp_path: Path) -> None:
    with pytest.raises(EmulatorMistake) as caught:
        emulator_of(EmulatorSection(logged_in={"a": ("Dsih",), "b": ("Nobody",)}, mvpds=("Cox", "")))
    assert str(caught.value).splitlines() == [
        "emulator.mvpds: expected ids of MVPDs, found an empty text",
        "emulator.logged_in.a: expected MVPDs of the catalogue, found 'Dsih'; did you mean Dish?",
        "emulator.logged_in.b: expected MVPDs of the catalogue, found 'Nobody'",
    ]
    (tmp_path / "mine.yaml").write_text("mvpds: {Cox: {eror: x, name: 7}}\n", "utf-8")
    with pytest.raises(EmulatorMistake) as caught:
        emulator_of(EmulatorSection(catalogue=tmp_path / "mine.yaml"))
    assert str(caught.value).splitlines() == [
        "emulator.catalogue: mine.yaml mvpds.Cox: unknown key 'eror'; did you mean error?",
        "emulator.catalogue: mine.yaml mvpds.Cox.name: expected a text (in quotes, if YAML reads it as another type), found 7",
    ]


async def test_a_mistake_is_told_before_anything_listens(lab: Lab) -> None:
    for mode in ("passthrough", "record", "auto"):
        with pytest.raises(EmulatorMistake):
            await lab.run(mode, upstream="emulator", emulator__logged_in={"a": ["Nobody"]})


async def test_a_login_through_the_gateway_is_recorded_and_plays_without_it(lab: Lab) -> None:
    about: dict[str, Any] = {
        "upstream": "emulator",
        "emulator__logged_in": "none",
        "emulator__auto_login": True,
        "cassettes__record": "v2",
    }

    async def journey(running: Running) -> list[object]:
        form = b"mvpd=Dish&domainName=a.com&redirectUrl=https%3A%2F%2Fa.com%2Fdone"
        status, _, body = await ask(running, "POST /api/v2/REF30/sessions", form)
        session = json.loads(body)
        page, fields, _ = await ask(running, f"GET {urlsplit(session['url']).path}")
        _, _, body = await ask(running, f"GET /api/v2/REF30/profiles/code/{session['code']}")
        return [status, session["actionName"], page, fields["Location"], list(json.loads(body)["profiles"])]

    recording = await lab.run("record", **about)
    live = await journey(recording)
    assert live == [200, "authenticate", 302, "https://a.com/done", ["Dish"]]
    await recording.stop()
    assert len(load(Path("cassettes/logout.yaml")).interactions) == 3
    replaying = await lab.run("replay", **about)
    assert replaying.serving.gateway.emulator is None
    assert await journey(replaying) == live


async def test_upstreams_of_any_name_reach_one_emulator(lab: Lab) -> None:
    running = await lab.run("passthrough", upstream="mine", upstreams__mine__origin="emulator:")
    emulator = running.serving.gateway.emulator
    assert emulator is not None
    emulator.setting.log_out(TV)
    assert json.loads((await ask(running, "GET /api/v2/REF30/profiles"))[2]) == {"profiles": {}}


async def test_the_gateway_s_own_client_does_not_see_what_an_app_s_client_made(lab: Lab) -> None:
    """Why RW001 is found: the profile is the app's. With the emulator strict, which takes no client that did not register."""
    rule = {"v1_logout": {"redirect_url": "https://example.com/bye"}}
    running = await lab.run(
        "passthrough", upstream="emulator", rules=[rule], emulator__logged_in="none", emulator__strict=True
    )
    emulator = running.serving.gateway.emulator
    assert emulator is not None
    info = "X-Device-Info: eyJtb2RlbCI6IlRWIiwib3NOYW1lIjoidHZPUyJ9"

    async def logs_out() -> list[str]:
        before = len(running.findings())
        line = f"DELETE /api/v1/logout?requestor=REF30&deviceId={TV}"
        assert (
            await running.ask(f"{line} HTTP/1.1\r\nHost: x\r\n{info}\r\nAuthorization: Bearer v1\r\n\r\n".encode())
        ).status == 204
        return [finding["id"] for finding in running.findings()[before:]]

    emulator.setting.log_in(TV, "Dish", client="the-app")
    assert "RW001" in await logs_out()
    assert [each["mvpd"] for each in emulator.setting.profiles(TV)] == ["Dish"]
    emulator.setting.log_in(TV, "Dish")
    assert "RW001" not in await logs_out()
    assert emulator.setting.profiles(TV) == []

"""Record, replay, follow: ten calls of two devices through the clients that people use, each replaying what any other has recorded.

A call uses what the answers before it said: a token, a code, a URL, redirects. So what is replayed must be what was recorded, or lead there.
"""

# ruff: noqa: S603  # a test may look into a folder of its own; the processes are ours
from __future__ import annotations

import asyncio
import base64
import gzip
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import parse_qs

import aiohttp
import pytest
import requests
import vcr

from gateway.cassettes.reader import load
from gateway.core.secrets.policy import Policy
from gateway.scrubbing.lint import lint
from tests.core.checks.calls import jwt
from tests.harness.lab import Lab
from tests.harness.sockets import Message, Wire

pytestmark = pytest.mark.long

CASSETTE = Path("cassettes/logout.yaml")
DEVICES = ("television-of-the-kitchen", "television-of-the-cellar")
CODES = dict(zip(DEVICES, ("8BLW4RW", "K7QX2MP"), strict=True))
TOKENS = {name: jwt(sub=f"client-of-{name}-4f8a1c77") for name in DEVICES}
EVENTS = (b'event: state\ndata: {"n": 1}\n\n', b": caf\xc3\xa9\n\n", b"data: end\r\n\r\n")
BYE = "https://app.example/bye?a=b c&lang=en"


class Answered(NamedTuple):
    """What a client got in the end, all redirects followed."""

    status: int
    body: str


class Call(NamedTuple):
    """One call, as the app has it: nothing is encoded yet."""

    method: str
    url: str
    query: Mapping[str, str]
    fields: Mapping[str, str]
    form: Mapping[str, str] | str = ""
    """A form, or a body as it is."""


Client: TypeAlias = Callable[[Call], Answered]
"""Sends a call in its own way, and follows its redirects."""


# --- the clients -----------------------------------------------------------------------------------------------------


def by_requests(call: Call) -> Answered:
    answer = requests.request(
        call.method, call.url, params=call.query, headers=call.fields, data=call.form or None, timeout=30
    )
    answer.encoding = "utf-8"
    return Answered(answer.status_code, answer.text)


def by_aiohttp(call: Call) -> Answered:
    async def ask() -> Answered:
        async with aiohttp.request(
            call.method, call.url, params=call.query or None, headers=call.fields, data=call.form or None
        ) as answer:
            return Answered(answer.status, await answer.text("utf-8"))

    return asyncio.run(ask())


def by_curl(call: Call) -> Answered:
    command = ["curl", "-sS", "-L", "--compressed", "-w", "\n%{http_code}", call.url]
    command += [] if call.method in {"GET", "POST"} else ["-X", call.method]
    command += [part for name, value in call.fields.items() for part in ("-H", f"{name}: {value}")]
    command += ["-G"] if call.query else []
    command += [part for name, value in call.query.items() for part in ("--data-urlencode", f"{name}={value}")]
    if isinstance(call.form, str):
        command += ["--data-raw", call.form] if call.form else []
    else:
        command += [part for name, value in call.form.items() for part in ("--data-urlencode", f"{name}={value}")]
    said = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout.decode()
    body, _, status = said.rpartition("\n")
    return Answered(int(status), body)


NODE = """
const [method, url, query, fields, form] = JSON.parse(process.argv[1]);
const there = new URL(url);
for (const [name, value] of Object.entries(query)) there.searchParams.append(name, value);
const body = typeof form === "string" ? form || undefined : new URLSearchParams(form);
const answer = await fetch(there, {method, headers: fields, body});
process.stdout.write(JSON.stringify([answer.status, await answer.text()]));
"""


def by_fetch(call: Call) -> Answered:
    command = ["node", "--input-type=module", "-e", NODE, "--", json.dumps(call)]
    status, body = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout)
    return Answered(status, body)


CLIENTS: dict[str, tuple[Client, str]] = {
    "curl": (by_curl, "curl"),
    "requests": (by_requests, ""),
    "fetch": (by_fetch, "node"),
    "aiohttp": (by_aiohttp, ""),
}
"""Each client, and the program that it takes."""


def client_named(name: str) -> Client:
    client, program = CLIENTS[name]
    if program and shutil.which(program) is None:
        pytest.skip(f"there is no {program}")
    return client


# --- the calls -------------------------------------------------------------------------------------------------------


def scenario(client: Client, url: str, device: str, *, registers: bool = True) -> Iterator[tuple[str, Answered]]:
    """Make the calls of one device; yield what each got, by a name."""
    info = base64.b64encode(json.dumps({"model": "TV 5th Gen", "osName": "tvOS"}).encode()).decode()
    common = {"X-Device-Info": info, "Accept": "application/json"}
    device_field = {"AP-Device-Identifier": f"fingerprint {base64.b64encode(device.encode()).decode()}"}

    def ask(
        method: str,
        target: str,
        *,
        form: Mapping[str, str] | str = "",
        fields: Mapping[str, str] | None = None,
        **query: str,
    ) -> Answered:
        return client(Call(method, url + target, query, {**common, **(fields or {})}, form))

    token = "t"
    if registers:
        given = ask(
            "POST",
            "/o/client/register",
            form=json.dumps({"software_statement": device}),
            fields={"Content-Type": "application/json"},
        )
        yield "register", given
        known = json.loads(given.body)
        form = {
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
            "grant_type": "client_credentials",
        }
        given = ask("POST", "/o/client/token", form=form)
        yield "token", given
        token = json.loads(given.body)["access_token"]
    with_token = {"Authorization": f"Bearer {token}"}
    with_device = {**with_token, **device_field}
    yield "configuration", ask("GET", "/api/v2/REF30/configuration", fields=with_token, profile="all of them")
    form = {"mvpd": "Dish", "domainName": "app.example", "redirectUrl": BYE}
    given = ask("POST", "/api/v2/REF30/sessions", form=form, fields=with_device)
    yield "session", given
    session = json.loads(given.body)
    yield "authenticate", ask("GET", session["url"])
    yield (
        "events",
        ask(
            "GET", "/api/v2/REF30/events", fields={**with_device, "Accept": "text/event-stream"}, since="a/b c", q="x&y"
        ),
    )
    yield "profile by code", ask("GET", f"/api/v2/REF30/profiles/code/{session['code']}", fields=with_token)
    yield "profiles", ask("GET", "/api/v2/REF30/profiles", fields=with_device)
    given = ask("GET", "/api/v2/REF30/logout/Dish", fields=with_device, redirectUrl=BYE)
    yield "logout", given
    yield "logged out", ask("GET", json.loads(given.body)["logouts"]["Dish"]["url"])
    yield "v1 logout", ask("DELETE", "/api/v1/logout", requestor="REF30", deviceId=device)


def both(client: Client, url: str, *, registers: bool = True) -> dict[str, list[Answered]]:
    """Make the calls of two devices in turn, as in one home; return what they got."""
    calls = [scenario(client, url, device, registers=registers) for device in DEVICES]
    got: dict[str, list[Answered]] = {}
    for pair in zip(*calls, strict=True):
        for name, answer in pair:
            got.setdefault(name, []).append(answer)
    return got


def json_answer(document: object, *, status: str = "200 OK", packed: bool = False, fields: Sequence[str] = ()) -> bytes:
    body = json.dumps(document).encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json;charset=UTF-8", *fields]
    if packed:
        body = gzip.compress(body)
        lines.append("Content-Encoding: gzip")
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def redirect(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


async def adobe(wire: Wire) -> None:
    """Answer as an API would that knows two devices."""
    while True:
        request = await wire.message()
        path, _, query = request.target.decode().partition("?")
        if path.endswith("/events"):
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for event in EVENTS:
                wire.send(b"%x\r\n%s\r\n" % (len(event), event))
                await wire.flush()
                await asyncio.sleep(0.01)
            wire.send(b"0\r\n\r\n")
        else:
            wire.send(answer_of(request, path, {name: values[0] for name, values in parse_qs(query).items()}))


def answer_of(request: Message, path: str, query: Mapping[str, str]) -> bytes:  # noqa: C901, PLR0911  # a table of answers
    device = device_of(request)
    who = device.rpartition("-")[2]
    method = request.start.split(b" ")[0].decode()
    match method, path.rpartition("/")[2]:
        case "POST", "register":
            return json_answer(
                {"client_id": f"client-of-{device}-4f8a1c77", "client_secret": f"secret-of-{device}-99aa"},
                status="201 Created",
            )
        case "POST", "token":
            return json_answer(
                {"access_token": TOKENS[device], "expires_in": 21600, "token_type": "bearer"}, status="201 Created"
            )
        case "GET", "configuration":
            return json_answer({"asked": query["profile"], "mvpds": ["Dish"] * 50}, packed=True)
        case "POST", "sessions":
            code = CODES[device]
            return json_answer(
                {"who": who, "code": code, "url": f"/api/v2/authenticate/REF30/{code}", "notAfter": 1_700_000_000_000}
            )
        case "GET", "login":
            return redirect(f"/mvpd/done?page=2&lang=en&code={query['reg_code']}")
        case "GET", "done":
            return json_answer({"who": who, "page": query["page"], "lang": query["lang"]})
        case "GET", code if code in CODES.values():
            if "authenticate" in path:
                return redirect(
                    f"/mvpd/login?reg_code={code}&session=b1946ac92492d2347c6235b4d2611184-{who}&redirectUrl=https%3A%2F%2Fapp.example%2Fbye"
                )
            return json_answer({"who": who, "profiles": {"Dish": {"notAfter": 1_700_000_000_000}}})
        case "GET", "profiles":
            return json_answer(
                {"who": who, "profiles": {"Dish": {"attributes": {"userID": {"value": f"user-{device}-3c59dc04"}}}}},
                packed=True,
            )
        case "GET", "Dish":
            assert query["redirectUrl"] == BYE
            url = (
                f"/adobe-services/logout?requestor_id=REF30&mso_id=Dish&pt_device_id={device}-c54fa2c80652b10a&lang=en"
            )
            return json_answer(
                {
                    "who": who,
                    "logouts": {
                        "Dish": {"actionName": "logout", "actionType": "interactive", "mvpd": "Dish", "url": url}
                    },
                }
            )
        case "GET", "logout":
            return redirect(f"/mvpd/done?page=9&lang=en&code={CODES[device]}")
        case "DELETE", "logout":
            return b"HTTP/1.1 204 No Content\r\n\r\n"
    return json_answer({"error": path}, status="404 Not Found")


def device_of(request: Message) -> str:
    """Return whose a request is: by what an earlier answer gave it."""
    identifier = request.get(b"AP-Device-Identifier").partition(b" ")[2]
    said = b" ".join([request.target, request.body, base64.b64decode(identifier)]).decode("latin-1")
    for device, code in CODES.items():
        if device in said or code in said:
            return device
    return DEVICES[0]


# --- recording, replaying --------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def meaning(got: Mapping[str, list[Answered]]) -> dict[str, list[Any]]:
    """Return what of the answers an app acts on, secrets aside."""
    return {
        name: [meant(name, answer) for answer in answers]
        for name, answers in got.items()
        if name not in {"register", "token"}
    }


def meant(name: str, answer: Answered) -> Any:
    if name in {"events", "v1 logout"} or not answer.body.startswith("{"):
        return answer.status, answer.body
    said = json.loads(answer.body)
    return answer.status, {member: said.get(member) for member in ("who", "asked", "mvpds", "page", "lang")}


EXPECTED = {
    "configuration": [(200, {"who": None, "asked": "all of them", "mvpds": ["Dish"] * 50, "page": None, "lang": None})]
    * 2,
    "events": [(200, b"".join(EVENTS).decode())] * 2,
    "v1 logout": [(204, "")] * 2,
}
"""What each device gets of the calls that do not say whose they are."""


def expect_the_scenario(got: Mapping[str, list[Answered]], where: str) -> None:
    said = meaning(got)
    for name, answers in EXPECTED.items():
        assert said[name] == answers, (where, name)
    for name in ("session", "authenticate", "profile by code", "profiles", "logout", "logged out"):
        assert [(status, document["who"]) for status, document in said[name]] == [(200, "kitchen"), (200, "cellar")], (
            where,
            name,
        )
    assert [document["page"] for _, document in said["authenticate"]] == ["2", "2"], where
    assert [document["page"] for _, document in said["logged out"]] == ["9", "9"], where


@contextmanager
def under_vcr(mode: str, file: Path) -> Iterator[None]:
    """Let vcrpy record or replay what requests asks; v1's deviceId is a pseudonym, so queries are not compared."""
    machine = vcr.VCR(record_mode=mode, match_on=["method", "scheme", "host", "port", "path"])
    with machine.use_cassette(str(file)):
        yield


@pytest.mark.parametrize("recorder", [*CLIENTS, "vcrpy"])
async def test_what_one_client_records_every_client_replays_and_follows(lab: Lab, recorder: str) -> None:
    origin = await lab.origin(script=adobe)
    url = f"http://127.0.0.1:{origin.port}"
    settings: dict[str, Any] = {"cassettes__record": "all", "upstreams__lab__origin": url, "upstream": "lab"}
    if recorder == "vcrpy":
        CASSETTE.parent.mkdir()

        def record() -> dict[str, list[Answered]]:
            with under_vcr("all", CASSETTE):
                return both(by_requests, url)

        expect_the_scenario(await asyncio.to_thread(record), "vcrpy, recording")
    else:
        recording = await lab.run("record", **settings)
        expect_the_scenario(
            await asyncio.to_thread(both, client_named(recorder), recording.serving.url), f"{recorder}, recording"
        )
        await recording.stop()
        assert recording.serving.gateway.counts.lost == {}
        held = load(CASSETTE).interactions
        assert not any(one.request.path.startswith("/o/client") for one in held)
        assert lint([CASSETTE], Policy()).findings == []
        text = CASSETTE.read_text("ascii")
        secrets = [
            *DEVICES,
            *CODES.values(),
            *TOKENS.values(),
            "b1946ac92492d2347c6235b4d2611184",
            "c54fa2c80652b10a",
            "3c59dc04",
        ]
        assert [secret for secret in secrets if secret in text] == []
    for name, key in (*((name, {}) for name in CLIENTS), ("requests", {"GATEWAY_REDACTION_KEY": "5c" * 32})):
        if CLIENTS[name][1] and shutil.which(CLIENTS[name][1]) is None:
            continue  # its own recording says so
        replaying = await lab.run("replay", environ=key, **settings)
        got = await asyncio.to_thread(both, CLIENTS[name][0], replaying.serving.url)
        expect_the_scenario(got, f"recorded by {recorder}, replayed by {name}{' with another key' if key else ''}")
        assert [event for event in replaying.events("exchange") if event.get("error")] == []
        await replaying.stop()
    if recorder != "vcrpy":

        def replay() -> dict[str, list[Answered]]:
            with under_vcr("none", CASSETTE):
                return both(by_requests, url, registers=False)

        expect_the_scenario(await asyncio.to_thread(replay), f"recorded by {recorder}, replayed by vcrpy")

"""Calls to the emulator as tests write them, and the documented samples as files have them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec.structs import replace

from gateway.emulator import Answer, Call, Emulator
from gateway.emulator.tokens import issue

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLES = Path(__file__).parents[1] / "samples"
NOW = 1_724_090_000.0  # within the life of the samples' token
DEVICE = "ba23d141-d715-561c-94f4-e9e4c966b1eb"
SERVICE_TOKEN = {"AD-Service-Token": "a.b.c"}
INFO = base64.b64encode(b'{"model": "TV", "osName": "tvOS"}').decode()


def device(name: str = DEVICE) -> str:
    """Return an AP-Device-Identifier."""
    return "fingerprint " + base64.b64encode(name.encode()).decode()


def call(line: str, headers: Mapping[str, str | None] | None = None, body: bytes = b"", now: float = NOW) -> Call:
    """Return the call `METHOD target` with the headers that v2 demands; a header that is None is left out."""
    method, _, target = line.partition(" ")
    fields: dict[str, str | None] = {
        "Authorization": "Bearer t",
        "AP-Device-Identifier": device(),
        "X-Device-Info": INFO,
    }
    fields.update(headers or {})
    return Call(
        method, target, tuple((name, text) for name, text in fields.items() if text is not None), body, now, "192.0.2.1"
    )


def logout(mvpd: str, headers: Mapping[str, str | None] | None = None, url: str = "https://adobe.com") -> Call:
    """Return a v2 logout."""
    return call(f"GET /api/v2/REF30/logout/{mvpd}?redirectUrl={quote(url, safe='')}", headers)


def sample(number: int) -> tuple[Call, int, str, str]:
    """Return a documented request, and its answer's status, Content-Type and body."""
    (asked,) = SAMPLES.glob(f"{number}-*.request.http")
    (answered,) = SAMPLES.glob(f"{number}-*.response.http")
    line, headers, _ = _message(asked.read_text("utf-8"))
    method, target, _ = line.split(" ")
    status_line, fields, body = _message(answered.read_text("utf-8"))
    request = Call(method, target, tuple(headers), b"", NOW, "192.0.2.1")
    return request, int(status_line.split(" ")[1]), dict(fields).get("Content-Type", ""), body


def _message(text: str) -> tuple[str, list[tuple[str, str]], str]:
    # The page prints a blank line after the first line too.
    first, _, rest = text.partition("\n")
    head, _, body = rest.lstrip("\n").partition("\n\n")
    fields = [(name, value) for name, _, value in (line.partition(": ") for line in head.splitlines())]
    return first, fields, body


def token(client: str = "c", scopes: str = "api:client:v2", now: float = NOW) -> dict[str, str]:
    """Return the header with a token of the emulator's own."""
    return {"Authorization": f"Bearer {issue(client, scopes, int(now), b'seed')}"}


def document(answer: Answer) -> Any:
    """Return the answer's JSON."""
    return json.loads(answer.body)


def header(answer: Answer, name: str) -> list[str]:
    """Return every value of a header of the answer."""
    return [value for key, value in answer.headers if key == name]


def actions(emulator: Emulator, *calls: Call) -> list[str]:
    """Return the actionName of each of these logouts, sent one after the other."""
    names = []
    for each in calls:
        (entry,) = document(emulator.handle(each))["logouts"].values()
        names.append(entry["actionName"])
    return names


def without(request: Call, name: str) -> Call:
    """Return the call without a header."""
    return replace(request, headers=tuple(pair for pair in request.headers if pair[0] != name))

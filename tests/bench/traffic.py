"""The traffic of the benchmarks: the documented logout, for as many MVPDs and devices as wanted, and its documented answer."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import shake_256
from pathlib import Path

from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.redaction import Redacted, Redaction
from gateway.samples import samples

KEY = bytes(range(32))
"""The pseudonyms' key of every run: a benchmark's devices are nobody's."""
ORIGIN = "https://api.auth.adobe.com"
DEVICES = 20
"""How many devices the interactions of a cassette are of."""

_SAMPLE = next(samples()).request
_ANSWER = Path(__file__).parent.parent / "samples" / "1-logout-endpoint.response.http"
BODY = _ANSWER.read_bytes().split(b"\n\n", 2)[2]
"""The documented answer's body."""


def redaction() -> Redaction:
    """Return what redacts in every benchmark."""
    return Redaction(KEY)


def request(number: int = 0, device: int = 0) -> Request:
    """Return the first documented request, of another MVPD for each number, with a token and an identifier for each device."""
    headers = _SAMPLE.headers
    if device:
        random = shake_256(device.to_bytes(4, "big"))
        identifier = base64.b64encode(str(uuid.UUID(bytes=random.digest(16), version=5)).encode())
        header, payload, signature = headers["Authorization"].split(".")
        signature = base64.urlsafe_b64encode(random.digest(len(signature))).decode()[: len(signature)]
        token = f"{header}.{payload}.{signature}"
        headers = headers.with_("Authorization", token)
        headers = headers.with_("AP-Device-Identifier", f"fingerprint {identifier.decode()}")
    target = _SAMPLE.target.replace("Cablevision", f"Mvpd{number:05}") if number else _SAMPLE.target
    return Request(_SAMPLE.method, target, headers, client="127.0.0.1", upstream="bench")


def response() -> Response:
    """Return the documented answer, with the fields that a wire adds."""
    headers = Headers.of(
        {
            "Content-Type": "application/json;charset=UTF-8",
            "Content-Length": str(len(BODY)),
            "Date": "Sat, 21 Nov 2026 22:17:05 GMT",
            "Server": "upstream",
        }
    )
    return Response(200, "OK", headers, BODY, "upstream")


def numbers() -> Iterator[int]:
    """Yield what tells one exchange from the next, as ids and times do."""
    number = 0
    while True:
        yield number
        number += 1


def interaction(redaction: Redaction, asked: Request, number: int) -> Interaction:
    """Return the interaction of a leg."""
    return leg(redaction, asked, number).interaction


def leg(redaction: Redaction, asked: Request, number: int) -> Redacted:
    """Return the leg of `asked` as the recorder makes it: id and time are other ones each time."""
    at = (datetime(2026, 11, 21, tzinfo=UTC) + timedelta(milliseconds=number)).isoformat(timespec="milliseconds")
    at = at.replace("+00:00", "Z")
    about: dict[str, object] = {
        "id": f"5f1c9a2b-{number}",
        "recorded_with": "0.1.0",
        "device": "0a1b2c3d4e5f",
        "rewritten_from": None,
        "findings": [],
        "recorded_at": at,
        "elapsed_ms": 84,
        "source": "upstream",
    }
    return redaction.leg(asked, response(), origin=ORIGIN, recorded_at=at, about=about)


def requests(count: int) -> list[Request]:
    """Return the requests that a cassette of `count` interactions answers, in its order."""
    return [request(number, number % DEVICES) for number in range(count)]


def interactions(count: int) -> list[Interaction]:
    """Return the interactions of a cassette: each of another request, of twenty devices in turn."""
    by = redaction()
    return [interaction(by, asked, number) for number, asked in enumerate(requests(count))]


def cassette(path: Path, count: int) -> Path:
    """Write a cassette of `count` interactions, and return where it is."""
    with Writer(path) as writer:
        writer.append([dump(entry) for entry in interactions(count)])
    return path


def on_the_wire(asked: Request) -> str:
    """Return a request as its bytes, in the text that a load generator's file holds."""
    lines = [f"{asked.method} {asked.target} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in asked.headers.items()]
    return "\r\n".join([*lines, "", ""])

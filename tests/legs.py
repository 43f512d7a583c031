"""What the tests of the transports share: logouts of devices, interactions made of them, and ears for warnings."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from gateway.core.devices import Devices
from gateway.core.model import BodyTruncatedError, Headers, Interaction, Request, Response, Source
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState

ORIGIN = "https://api.auth.adobe.com"
DISH = "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fadobe.com"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJlLXRoYXQtaXMtbm9uZQ"

DEVICES = Devices(b"k" * 32, MemoryState())
"""Who the devices of these logouts are."""


def device_header(name: str) -> str:
    """Return an AP-Device-Identifier for a device's own name, which is long enough for a look-alike."""
    return "fingerprint " + base64.b64encode(name.rjust(24, "0").encode()).decode()


def logout(device: str = "roku", target: str = DISH, *, upstream: str = "lab", client: str = "192.0.2.1") -> Request:
    """Return a logout; an empty name is a device that says none."""
    headers = Headers.of({"AP-Device-Identifier": device_header(device)} if device else {})
    request = Request("GET", target, headers, client=client, upstream=upstream, id="x-1")
    return replace(request, device=DEVICES.of(request, client))


def answer(text: str = "{}", status: int = 200, source: Source = "upstream") -> Response:
    """Return a JSON answer."""
    body = text.encode()
    headers = Headers.of({"Content-Type": "application/json", "Content-Length": str(len(body))})
    return Response(status, "OK", headers, body, source)


def recorded(
    redaction: Redaction, request: Request, response: Response, *, source: str = "upstream", origin: str = ORIGIN
) -> Interaction:
    """Return what a cassette holds of a leg."""
    about = {"source": source}
    return redaction.interaction(request, response, origin=origin, recorded_at="2026-11-21T22:17:05.120Z", about=about)


@dataclass
class Ears:
    """Hears warnings, as the log would be told."""

    heard: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)

    def __call__(self, event: str, **about: object) -> None:
        self.heard.append((event, about))

    @property
    def events(self) -> list[str]:
        return [event for event, _ in self.heard]


@dataclass
class Sent:
    """A `send` that keeps what it is given."""

    answer: Callable[[Request], Response]
    requests: list[Request] = field(default_factory=list)

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return self.answer(request)


@dataclass
class Pieces:
    """A stream of these pieces, which may end before its time; it says whether it was closed, and how much was read."""

    pieces: list[bytes]
    truncated: bool = False
    read: int = 0
    closed: bool = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.read += 1
            yield piece
        if self.truncated:
            raise BodyTruncatedError

    async def aclose(self) -> None:
        self.closed = True


def again(redaction: Redaction, interaction: Interaction) -> Interaction:
    """Return an interaction of another policy, or of none, redacted as a file of one is."""
    return redaction.ended(redaction.begun(interaction))

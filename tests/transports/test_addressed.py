"""A private address that is about to be sent is said once of each device."""

from __future__ import annotations

from gateway.core.device import Device
from gateway.core.model import Headers, Request, Response
from gateway.core.state import MemoryState
from gateway.transports.addressed import PRIVATE, Addressed
from tests.harness.for_each import for_each


async def answered(request: Request) -> Response:
    return Response(200, body=request.headers.get("X-Forwarded-For").encode())


def asked(address: str, device: str = "roku-1", upstream: str = "production") -> Request:
    fields = Headers.of({"X-Forwarded-For": address} if address else {})
    return Request("GET", "/", fields, device=Device(device, f"key of {device}"), upstream=upstream)


async def told(*requests: Request) -> list[tuple[str, str]]:
    heard: list[tuple[str, str]] = []

    def warn(event: str, **about: object) -> None:
        heard.append((event, str(about["device"])))
        own = "devices.roku-2.public_address" if about["device"] == "roku-2" else "public_address (name it)"
        assert f"{own}, forwarded_for.pool, or forwarded_for.fallback" in str(about["hint"])

    state = MemoryState()
    watched = Addressed(answered, is_public=lambda name: name != "emulator", state=state, warn=warn, named={"roku-2"})
    for request in requests:
        answer = await watched.send(request)
        assert answer.body == request.headers.get("X-Forwarded-For").encode()  # it is sent all the same
    return heard


@for_each(
    ("address", "is_said"),
    [
        ("192.168.0.7", True),
        ("10.0.0.7", True),
        ("127.0.0.1", True),
        ("169.254.1.1", True),
        ("100.64.0.1", True),
        ("fd00::7", True),
        ("93.184.216.34", False),
        ("2606:2800:220:1::1", False),
        ("unknown", False),
        ("", False),
    ],
)
async def test_an_address_that_other_homes_have_too_is_said(address: str, is_said: bool) -> None:
    assert await told(asked(address)) == [(PRIVATE, "roku-1")] * is_said


async def test_it_is_said_once_of_each_device() -> None:
    calls = [asked("192.168.0.7"), asked("192.168.0.8", "roku-2"), asked("192.168.0.7"), asked("192.168.0.9")]
    assert await told(*calls) == [(PRIVATE, "roku-1"), (PRIVATE, "roku-2")]


async def test_an_upstream_of_this_network_may_be_told_any_address() -> None:
    assert await told(asked("192.168.0.7", upstream="emulator")) == []

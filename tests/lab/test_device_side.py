"""The self-check from a device's machine: names, certificates and the clock, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.lab.authority import ROOT, make
from gateway.lab.device_side import GatewaySide, NotReachedError, ask, by_resolver, by_system, rows_of_device
from tests.harness.for_each import for_each
from tests.harness.lab import Lab
from tests.harness.ports import free_port
from tests.lab.test_resolver import elsewhere
from tests.wiring.test_lab_pages import pages_at

HERE = "127.0.0.1"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def here(_: str) -> Sequence[str]:
    return [HERE]


def gone(_: str) -> Sequence[str]:
    raise OSError


async def asked(lab: Lab, **settings: Any) -> GatewaySide:
    """Start a gateway with pages, and ask them."""
    make(Path("lab"), ["auth.adobe.com", "auth-staging.adobe.com", "gateway.lab"], "ec", datetime.now(UTC))
    port = free_port()
    await lab.run("passthrough", lab=pages_at(port), **({"listen__tls": "lab"} | settings))
    return await asyncio.to_thread(ask, f"http://{HERE}:{port}")


async def rows(one: GatewaySide, look_up: object = here, ca_file: str | None = f"lab/{ROOT}") -> list[tuple[str, str]]:
    assert callable(look_up)
    found = await asyncio.to_thread(rows_of_device, one, look_up, ca_file, "http://gateway.lab/")
    return [(row.verdict, row.found) for row in found.values()]


async def test_what_is_right_is_yes_and_what_is_not_says_why(lab: Lab) -> None:
    one = await asked(lab)
    names = "api.auth.adobe.com, gateway.lab"
    assert await rows(one) == [("yes", names), ("yes", names), ("yes", "0 s from the gateway's clock")]
    assert (await rows(one, ca_file=None))[1] == (
        "no",
        "; ".join(f"{host}: unable to get local issuer certificate" for host in one.check.hosts),
    )
    (none, _, clock) = await rows(replace(one, at=time.time() + 3600), gone)
    assert none == ("no", "api.auth.adobe.com: it has no address; gateway.lab: it has no address")
    assert (clock[0], "fast" in clock[1]) == ("no", True)
    elsewhere_ = replace(one, check=replace(one.check, hosts=("gateway.lab",), addresses=("192.168.0.2",)))
    assert (await rows(elsewhere_, lambda _: ["127.0.0.9"]))[0] == ("no", "gateway.lab: it leads to 127.0.0.9")
    foreign = replace(one, check=replace(one.check, hosts=("other.example",)))
    assert (await rows(foreign))[1][1].startswith("other.example: ")


async def test_a_listener_of_somebody_else_is_not_the_gateway(lab: Lab) -> None:
    one = await asked(lab)
    nobody = replace(one, check=replace(one.check, hosts=("gateway.lab",), https_port=free_port()))
    assert (await rows(nobody))[1] == ("no", "gateway.lab: Connection refused")
    without = replace(one, check=replace(one.check, https_port=None))
    assert (await rows(without))[1][0] == "open"


async def test_a_resolver_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with elsewhere() as (_, server):
        assert await asyncio.to_thread(by_resolver(HERE, server[1]), "api.example") == ["203.0.113.9"]
    assert HERE in by_system("localhost")
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind((HERE, 0))
        port = silent.getsockname()[1]
        monkeypatch.setattr("gateway.lab.device_side.SECONDS", 0.1)
        with pytest.raises(OSError, match="Timeout"):
            await asyncio.to_thread(by_resolver(HERE, port), "api.example")


@for_each(
    ("answer", "why"),
    [
        (
            b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nno.\n",
            "it answered 403: no.",
        ),
        (b"HTTP/1.1 501 No\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", "it answered 501"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "another server answers there, not the pages of a lab"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xff",
            "another server answers there, not the pages of a lab",
        ),
        (b"SSH-2.0-OpenSSH\r\n", "BadStatusLine"),
    ],
)
async def test_what_are_no_pages_is_said(lab: Lab, answer: bytes, why: str) -> None:
    origin = await lab.origin(answer)
    with pytest.raises(NotReachedError) as caught:
        await asyncio.to_thread(ask, f"http://{HERE}:{origin.port}")
    assert str(caught.value) == why


def test_where_nobody_is_it_is_said() -> None:
    with pytest.raises(NotReachedError, match="Connection refused"):
        ask(f"http://{HERE}:{free_port()}")
    with pytest.raises(NotReachedError, match="the name has no address"):
        ask("http://gateway.invalid")

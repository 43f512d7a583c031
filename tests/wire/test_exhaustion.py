"""No descriptor left, and upstreams without end: each is told, and others go on."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gateway.wire import accepting
from tests.harness.lab import Lab
from tests.harness.sockets import GET, OK, PATIENCE, Wire


async def test_accepting_goes_on_when_there_are_descriptors_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system refuses twice; whoever waited is answered, and it is said once."""
    loop = asyncio.get_running_loop()
    accept, refusals = loop.sock_accept, [errno.EMFILE, errno.ENFILE]

    async def refusing(listening: object) -> object:
        if refusals:
            raise OSError(refusals.pop(), "no descriptor")
        return await accept(listening)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "sock_accept", refusing)
    monkeypatch.setattr(accepting, "RETRY_SECONDS", 0.05)
    gateway = await lab.gateway(await lab.origin())
    async with asyncio.timeout(PATIENCE):
        assert (await gateway.ask(GET)).status == 200
    assert [str(said).count("out of descriptors") for said in gateway.witness.warnings] == [1]


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir()) + 1
    taken: list[int] = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        with suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_an_upstream_that_no_descriptor_is_left_for_is_a_503_and_answers_later(lab: Lab) -> None:
    gateway = await lab.gateway(await lab.origin())
    wire = await gateway.connect()
    with no_descriptor_left():
        refused = await wire.send(GET).message()
    assert (refused.status, refused.get(b"X-Gateway-Error")) == (503, b"out_of_descriptors")
    assert "ulimit -n" in json.dumps(json.loads(refused.body))
    assert (await wire.send(GET).message()).status == 200


ENDLESS = {
    "a head without end": (b"HTTP/1.1 200 OK\r\n", b"X-Filler: " + b"x" * 1000 + b"\r\n"),
    "a status line without end": (b"HTTP/1.1 200 ", b"x" * 4096),
    "a field without end": (b"HTTP/1.1 200 OK\r\nX-Filler: ", b"x" * 4096),
    "interim answers without end": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "a chunk's size without end": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 4096),
}


@pytest.mark.parametrize(("begin", "flood"), ENDLESS.values(), ids=ENDLESS)
async def test_an_upstream_that_floods_is_given_up_and_the_next_request_is_answered(
    lab: Lab, begin: bytes, flood: bytes
) -> None:
    sent = 0

    async def script(wire: Wire) -> None:
        nonlocal sent
        await origin.read(wire)
        if len(origin.seen) > 1:
            wire.send(OK)
            return
        wire.send(begin)
        while sent < 64 << 20:
            wire.send(flood * 16)
            await wire.flush()
            sent += len(flood) * 16

    origin = await lab.origin(script=script)
    gateway = await lab.gateway(origin)
    async with asyncio.timeout(PATIENCE):
        wire = await gateway.connect()
        said = await wire.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")).rest()
        assert not said or b" 200 OK" in said or b"X-Gateway-Error: upstream_" in said
        assert (await gateway.ask(GET)).status == 200
    assert sent < 64 << 20

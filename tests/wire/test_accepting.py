"""Few descriptors, many clients: whoever comes is answered, and who has half a head shuts nobody out."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway.wire.connections import Limits
from tests.harness.lab import Lab
from tests.harness.sockets import GET, PATIENCE, Wire

PROGRAM = """
import asyncio, resource, sys
from gateway.core.headers import ForwardedFor
from gateway.core.model import Response
from gateway.core.routing import Routing
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.observers import Observers
from gateway.system.loops import new_loop
from gateway.wire.connections import Limits
from gateway.wire.server import Server

class Aloud:
    def began(self, exchange): pass
    def ended(self, exchange): pass
    def warn(self, event, **about): print(event, flush=True)

async def send(request):
    return Response(200, "OK", body=b"ok")

async def main():
    exchanges = Exchanges(send, routing=Routing("lab"), forwarded=ForwardedFor(), observers=Observers([Aloud()]))
    server = Server(exchanges, limits=Limits(head_seconds=60.0))  # on a busy machine, 300 clients take a while to connect
    print(await server.start("127.0.0.1", 0), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
new_loop().run_until_complete(main())
"""


@pytest.fixture
def few_descriptors() -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A server in a process of its own that may have 128 descriptors."""
    with subprocess.Popen(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process
        process.kill()


async def test_more_clients_than_descriptors_are_all_answered(
    few_descriptors: tuple[int, subprocess.Popen[str]],
) -> None:
    """300 of them connect before the first one speaks; who waits is answered in its turn, and it is said once."""
    port, process = few_descriptors
    wires = [Wire(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(300)]
    answers = await asyncio.gather(*[wire.send(GET).message() for wire in wires])
    for wire in wires:
        wire.close()
    said, _ = await asyncio.to_thread(process.communicate, "")
    assert ([answer.status for answer in answers], said.splitlines()) == ([200] * 300, ["connections full"])


async def test_half_open_heads_shut_nobody_out(lab: Lab) -> None:
    """They fill every place and the kernel's queue; within a head's time others are answered."""
    gateway = await lab.gateway(await lab.origin(), limits=Limits(most=20, head_seconds=1.0))
    for _ in range(100):
        (await gateway.connect()).send(b"GET / HTTP/1.1\r\nHost: a\r\n")
    async with asyncio.timeout(PATIENCE):
        assert (await gateway.ask(GET)).status == 200


async def test_idle_connections_give_way(lab: Lab) -> None:
    """Who keeps a connection for later does not shut others out, nor is anything said of it."""
    gateway = await lab.gateway(await lab.origin(), limits=Limits(most=3))
    idle = [await gateway.connect() for _ in range(3)]
    for wire in idle:
        await wire.send(GET).message()
    assert [(await gateway.ask(GET)).status for _ in range(3)] == [200] * 3
    assert [await wire.gone() for wire in idle] == [b""] * 3
    assert gateway.witness.warnings == []

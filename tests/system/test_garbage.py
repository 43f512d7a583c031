"""A process that serves leaves nothing behind that reference counts do not free, and looks for it rarely."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway.wire import stepping
from tests.exchanges.test_sending_again import CALL
from tests.harness.certificate import PEM
from tests.harness.lab import Lab
from tests.harness.sockets import Wire
from tests.test_longest_step import LOGOUT
from tests.worst import request

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
TOLD = """
import asyncio, gc, uvloop
from gateway.system import garbage

async def serve():
    garbage.serve()
    return gc.get_threshold() == (garbage.YOUNG, garbage.SEARCHES, garbage.SECOND_SEARCHES)

garbage.pause()
paused = gc.isenabled()
print(paused, asyncio.run(serve()), uvloop.run(serve()), gc.isenabled())
frozen = gc.get_freeze_count()
more = [[] for _ in range(1000)]
garbage.renew()
print(frozen > 1000, gc.get_freeze_count() > frozen)
"""

OUTLIVED = """
import gc, uvloop, weakref
from gateway.system import garbage

class Broken:
    pass

async def serve():
    garbage.serve()
    one = Broken()
    one.itself = one
    gone = weakref.ref(one)
    gc.collect(0)
    del one
    there = gone() is not None
    more = [[] for _ in range((garbage.SEARCHES + 2) * garbage.YOUNG)]
    return there, gone() is None

print(*uvloop.run(serve()))
"""


def test_what_is_there_when_a_process_begins_to_serve_is_not_searched() -> None:
    """Nothing is searched before; what a reload leaves behind is freed, and what it has made is left out as well. asyncio's own loop leaves cycles."""
    pytest.importorskip("uvloop")
    told = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, check=True)  # noqa: S603  # our own
    assert told.stdout.split() == ["False", "False", "True", "True", "True", "True"]


@pytest.mark.long
@pytest.mark.parametrize("mode", ["replay", "record", "passthrough"])
async def test_an_exchange_and_its_connection_leave_no_cycles_behind(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.chdir(tmp_path)  # a recording makes a key there
    if mode == "replay":
        (tmp_path / "logout.yaml").write_text(LOGOUT)
    running = await lab.run(mode, await lab.origin(*[ANSWER] * 40), cassettes__name=str(tmp_path / "logout.yaml"))

    async def called(numbers: range) -> None:
        for number in numbers:
            wire = Wire(*await asyncio.open_connection("127.0.0.1", running.port))
            for path in (b"/api/v2/REF30/logout/%d" % number, b"/api/v2/REF30/logout/again"):
                await wire.send(request(path, fields={"Authorization": b"Bearer abcdef-%d" % number})).message()
            wire.writer.close()
            await wire.writer.wait_closed()

    await called(range(10))
    assert not await left_by(called(range(10, 20)))


@pytest.mark.long
@pytest.mark.parametrize("mode", ["replay", "record", "passthrough"])
async def test_an_exchange_that_repeats_leaves_no_cycles_behind(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """It is asked, answered and recorded by callbacks, and whoever is called back forgets whom it knows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)
    if mode == "replay":
        (tmp_path / "logout.yaml").write_text(LOGOUT)
    running = await lab.run(mode, await lab.origin(*[ANSWER] * 40), cassettes__name=str(tmp_path / "logout.yaml"))
    wire = await running.connect()

    async def called() -> None:
        for _ in range(10):
            await wire.send(CALL).message()

    await called()
    assert not await left_by(called())


def test_a_connection_that_is_no_tls_leaves_no_cycles_behind(tmp_path: Path) -> None:
    """Its handshake fails, so that it never begins."""
    uvloop = pytest.importorskip("uvloop")
    certificate = tmp_path / "certificate.pem"
    certificate.write_text(PEM)

    async def called(port: int, count: int) -> None:
        for _ in range(count):
            wire = Wire(*await asyncio.open_connection("127.0.0.1", port))
            wire.send(b"GET / HTTP/1.1\r\n\r\n")
            await wire.reader.read()
            wire.writer.close()
            await wire.writer.wait_closed()

    async def run() -> Counter[str]:
        async with AsyncExitStack() as stack:
            tls = {"cert_file": str(certificate), "key_file": str(certificate)}
            running = await Lab(stack).run("passthrough", listen__tls=tls)
            await called(running.port, 2)
            return await left_by(called(running.port, 10))

    assert not uvloop.run(run())


async def left_by(called: Coroutine[Any, Any, None]) -> Counter[str]:
    """Return what is in cycles of ours afterwards, by its type.

    Only objects that `called` makes count. Earlier tests leave cycles in this process, too, and some are found only by a later search.
    """
    gc.collect()
    gc.disable()
    older = [each for each in gc.get_objects() if str(type(each).__module__).startswith("gateway.")]
    try:
        await called
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = Counter(f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
        del older
    return Counter({name: count for name, count in left.items() if name.startswith("gateway.")})


def test_a_cycle_that_has_outlived_its_first_search_is_found_soon_afterwards() -> None:
    """What fails leaves cycles: none may wait until all of the memory is searched."""
    pytest.importorskip("uvloop")
    told = subprocess.run([sys.executable, "-c", OUTLIVED], capture_output=True, text=True, check=True)  # noqa: S603  # our own
    assert told.stdout.split() == ["True", "True"]

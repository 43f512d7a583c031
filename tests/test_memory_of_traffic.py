"""What traffic leaves behind in a whole gateway: next to nothing of what is long, and in each memory what it says that it holds."""

from __future__ import annotations

import asyncio
import base64
import gc
import io
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from yarl._url import build_pre_encoded_url, encode_url, from_parts, pre_encoded_url

from gateway.config import load
from gateway.core.bounded import memories
from gateway.wiring import serving
from tests.harness.sockets import Origin, Wire
from tests.test_longest_step import LOGOUT
from tests.worst import request

MODES = ("passthrough", "record", "replay", "auto")
KEPT = 1 << 10
"""Bytes that a message of 60 KB may leave behind outside of the memories that are bounded."""
SECRETS_KEPT = 2 << 10
"""The same of a short message with three secrets that nobody has sent before: they are looked for until 40,000 others have come (`Seen`)."""
LESS_EXACT = 1.5
"""How many times as much as it says a memory may hold: what two of them hold counts in each."""
FREE = 256 << 10
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def fingerprint(number: int, length: int) -> bytes:
    return b"fingerprint " + base64.b64encode(f"{number}-".encode() + b"y" * length)


def long_paths(number: int) -> bytes:
    return request(b"/api/v2/REF30/logout/%d" % number + b"x" * 60_000)


def long_identifiers(number: int) -> bytes:
    return request(fields={"AP-Device-Identifier": fingerprint(number, 33_000), "Authorization": b"Bearer abc"})


def short(number: int) -> bytes:
    fields = {"AP-Device-Identifier": fingerprint(number, 20), "Authorization": b"Bearer abcdef-%d" % number}
    return request(b"/api/v2/REF30/logout/%d?redirectUrl=https%%3A%%2F%%2Fe.com%%2F%d" % (number, number), fields)


TRAFFIC: dict[str, Callable[[int], bytes]] = {
    "paths of 60 KB": long_paths,
    "identifiers of 44 KB": long_identifiers,
    "many devices": short,
}


async def asked(wire: Wire, make: Callable[[int], bytes], numbers: range) -> None:
    for number in numbers:
        answer = await wire.send(make(number)).message()
        assert answer.start.startswith(b"HTTP/1.1 ")


def forgotten() -> int:
    """Clear the memories, each by itself, and compare what it said with what is freed; return what is held then."""
    for cached in (encode_url, pre_encoded_url, build_pre_encoded_url, from_parts):  # 128 URLs in each: 30 MB at most
        cached.cache_clear()
    gc.collect()
    for memory in sorted(memories(), key=lambda memory: memory.name):
        says, before = memory.held, tracemalloc.get_traced_memory()[0]
        memory.clear()
        freed = before - tracemalloc.get_traced_memory()[0]
        assert freed <= says * LESS_EXACT + FREE, memory
    return tracemalloc.get_traced_memory()[0]


class Nowhere(io.StringIO):
    """A log that keeps nothing."""

    def write(self, text: str, /) -> int:
        return len(text)


async def answering(wire: Wire) -> None:
    while True:
        await wire.message()
        wire.send(ANSWER)


async def started(stack: AsyncExitStack, mode: str, folder: Path) -> int:
    origin = await stack.enter_async_context(Origin(script=answering))
    if mode == "replay":
        (folder / "cassettes").mkdir()
        (folder / "cassettes/logout.yaml").write_text(LOGOUT)
    settings: dict[str, object] = {
        "mode": mode, "listen.port": 0, "control.enabled": False, "upstream": "lab", "upstreams.lab.origin": f"http://127.0.0.1:{origin.port}",
    }  # fmt: skip
    running = await serving.start(load(None, {}, settings), {}, Nowhere())
    stack.push_async_callback(running.stop)
    return urlsplit(running.url).port or 0


@pytest.fixture
def traced() -> Iterator[None]:
    for memory in memories():
        memory.clear()
    gc.collect()
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize(
    ("mode", "name", "count"),
    [
        ("passthrough", "paths of 60 KB", 20),
        *(
            pytest.param(mode, name, 1500 if name == "many devices" else 200, marks=pytest.mark.long)
            for mode in MODES
            for name in TRAFFIC
        ),
    ],
)
async def test_what_is_long_is_not_kept_and_a_memory_holds_what_it_says(
    mode: str, name: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make = TRAFFIC[name]
    async with AsyncExitStack() as stack:
        port = await started(stack, mode, tmp_path)
        wire = Wire(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 22))
        stack.callback(wire.abort)
        await asked(wire, make, range(3))
        before = forgotten()
        await asked(wire, make, range(3, 3 + count))
        kept = SECRETS_KEPT if name == "many devices" else KEPT
        assert forgotten() - before < count * kept + FREE

"""A recorded route streams: on real sockets, in the order in which things happen, and what is replayed has the same bytes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.cassettes.appender import Appender
from gateway.cassettes.reader import load
from gateway.core.redaction import Redaction
from tests.harness.lab import Lab, Running
from tests.harness.sockets import Wire, settle

CASSETTE = Path("cassettes/logout.yaml")
EVENTS = (b'event: session\ndata: {"code": 1}\n\n', b": still there\n\n", b"id: 7\ndata: caf\xc3\xa9\r\n\r\n")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
GET = b"GET /events?x=1 HTTP/1.1\r\nHost: gateway\r\nAccept: text/event-stream\r\n\r\n"


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class Station:
    """An origin that says each event when it is told to, and an app that listens."""

    def __init__(self) -> None:
        self.say: asyncio.Queue[bytes] = asyncio.Queue()
        self.asked = asyncio.Event()

    async def script(self, wire: Wire) -> None:
        await wire.message()
        self.asked.set()
        while data := await self.say.get():
            wire.send(data)
            await wire.flush()

    async def start(self, lab: Lab, mode: str = "record", **settings: Any) -> Running:
        origin = await lab.origin(script=self.script)
        return await lab.run(mode, origin, cassettes__record="all", **settings)


def held() -> int:
    return len(load(CASSETTE).interactions) if CASSETTE.exists() else 0


async def test_each_event_goes_out_when_it_comes_and_the_recording_is_there_before_the_end(lab: Lab) -> None:
    station = Station()
    running = await station.start(lab)
    wire = (await running.connect()).send(GET)
    station.say.put_nowait(HEAD)
    await wire.head()  # before there is any event
    for event in EVENTS:
        station.say.put_nowait(chunk(event))
        assert await wire.chunk() == event
        assert held() == 0
    station.say.put_nowait(chunk(b""))
    assert await wire.chunk() == b""
    assert held() == 1
    await settle()
    (exchange,) = running.events("exchange")
    assert exchange["status"] == 200
    await running.stop()

    for mode in ("replay", "auto"):
        again = await lab.run(mode, cassettes__record="all")
        answer = await again.ask(GET)
        assert (answer.body, answer.get(b"Content-Type")) == (b"".join(EVENTS), b"text/event-stream")


async def test_a_slow_answer_of_a_known_length_streams_too_and_its_last_byte_waits_for_the_disk(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = asyncio.Event()
    add = Appender.add

    async def slow(self: Appender, block: bytes) -> None:
        await go.wait()
        await add(self, block)

    monkeypatch.setattr(Appender, "add", slow)
    station = Station()
    running = await station.start(lab)
    wire = (await running.connect()).send(GET)
    station.say.put_nowait(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nabc")
    await wire.head()
    assert await wire.exactly(3) == b"abc"
    station.say.put_nowait(b"def")
    last = asyncio.ensure_future(wire.exactly(3))
    await asyncio.sleep(0.05)
    assert (held(), last.done()) == (0, False)
    go.set()
    assert await last == b"def"
    assert held() == 1


@pytest.mark.parametrize("hindrance", ["too large", "no disk", "a slow disk", "a defect"])
async def test_whatever_becomes_of_the_recording_the_bytes_go_out_and_it_is_counted(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, hindrance: str
) -> None:
    async def add(_: Appender, __: bytes) -> None:
        if hindrance == "no disk":
            raise OSError(28, "No space left on device")
        await asyncio.Event().wait()

    def leg(*_: Any, **__: Any) -> Any:
        raise RuntimeError

    if "disk" in hindrance:
        monkeypatch.setattr(Appender, "add", add)
        monkeypatch.setattr("gateway.transports.recorder.LONGEST_WRITE", 0.05)
    if hindrance == "a defect":
        monkeypatch.setattr(Redaction, "leg", leg)
    station = Station()
    running = await station.start(lab, limits__max_body=40 if hindrance == "too large" else 4096)
    wire = (await running.connect()).send(GET)
    station.say.put_nowait(HEAD)
    for number, event in enumerate(EVENTS):
        station.say.put_nowait(chunk(event))
        if not number:
            await wire.head()
        assert await wire.chunk() == event
    station.say.put_nowait(chunk(b""))
    assert await wire.chunk() == b""
    why = {
        "too large": "its body exceeds limits.max_body",
        "no disk": "No space left on device",
        "a slow disk": "the cassette took longer than 0.05 s",
        "a defect": "RuntimeError",
    }
    assert (running.serving.gateway.counts.lost, held()) == ({why[hindrance]: 1}, 0)


async def test_an_app_that_stops_listening_ends_the_stream_and_loses_no_recording(lab: Lab) -> None:
    """There is no end that a replay could play."""
    station = Station()
    running = await station.start(lab)
    wire = (await running.connect()).send(GET)
    station.say.put_nowait(HEAD + chunk(EVENTS[0]))
    await wire.head()
    await wire.chunk()
    wire.reset()
    gone = running.origin.wires[0].gone()
    assert await asyncio.wait_for(gone, 10) == b""
    await running.stop()
    counts = running.serving.gateway.counts
    assert (counts.cut_off, counts.lost, held()) == (1, {}, 0)


async def test_a_stream_that_breaks_off_breaks_off_for_the_app_and_is_not_recorded(lab: Lab) -> None:
    station = Station()
    running = await station.start(lab)
    wire = (await running.connect()).send(GET)
    station.say.put_nowait(HEAD + chunk(EVENTS[0]))
    station.say.put_nowait(b"")
    assert b"".join(EVENTS[:1]) in await wire.gone()
    assert (running.serving.gateway.counts.cut_off, held()) == (1, 0)

"""What is sent again with a call is recorded as every leg is: in the file before its reply is written, whoever leaves and whatever fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.cassettes.reader import load
from gateway.cassettes.writer import Writer
from gateway.transports import recording_again, recording_together
from gateway.wire import stepping
from tests.exchanges.test_sending_again import CALL, KNOWN, OTHER
from tests.harness.lab import Lab, Running
from tests.harness.sockets import OK, Origin, Wire, settle

NEW = CALL.replace(b"/Dish", b"/Verizon")
"""A call with the same fields to a new target. Its block is known, but for the target."""
CALLS = pytest.mark.parametrize("call", [CALL, NEW], ids=["again", "to a new target"])
KEY = {"GATEWAY_REDACTION_KEY": "5a" * 32}


class Disk:
    """What becomes of a write: it waits for `go`, and fails where `error` is one."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.error: OSError | None = None
        self.begun = threading.Event()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The disk, between the appender and the file."""
    disk, append = Disk(), Writer.append

    def written(self: Writer, blocks: Sequence[bytes]) -> None:
        disk.begun.set()
        assert disk.go.wait(20)
        if disk.error is not None:
            raise disk.error
        append(self, blocks)

    monkeypatch.setattr(Writer, "append", written)
    monkeypatch.setattr(stepping, "ALWAYS_TASKS", False)
    return disk


async def known(lab: Lab, origin: Origin, cassette: Path, disk: Disk) -> tuple[Running, Wire]:
    """Start a recording gateway, and make a call known to it: the next one is recorded again with a call."""
    running = await lab.run("record", origin, KEY, cassettes__dir=str(cassette.parent), cassettes__name=cassette.stem)
    client = await running.connect()
    for _ in range(KNOWN):
        assert (await client.send(CALL).message()).status == 200
    disk.begun.clear()
    return running, client


def recorded(cassette: Path) -> int:
    return len(load(cassette).interactions)


async def begun(disk: Disk) -> None:
    assert await asyncio.to_thread(disk.begun.wait, 20)


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A list with an entry for each leg that was answered to a call, and whether its block was one that was made before."""
    told: list[bool] = []
    answered = recording_again.RecordedAgain.written

    def counted(self: Any, error: BaseException | None) -> None:
        told.append(error is None)
        answered(self, error)

    monkeypatch.setattr(recording_again.RecordedAgain, "written", counted)
    return told


@CALLS
async def test_it_is_in_the_file_before_its_reply_is_written(
    call: bytes, lab: Lab, tmp_path: Path, disk: Disk, blocks: list[bool]
) -> None:
    cassette = tmp_path / "c.yaml"
    _, client = await known(lab, await lab.origin(), cassette, disk)
    before = len(blocks)
    for number in range(3):
        disk.go.clear()
        disk.begun.clear()
        client.send(call)
        await begun(disk)
        await settle()
        assert (client.heard, recorded(cassette)) == (False, KNOWN + number)
        disk.go.set()
        assert (await client.message()).body == b"ok"
        assert recorded(cassette) == KNOWN + number + 1
    assert blocks[before:] == [True] * 3


async def test_another_answer_is_recorded_as_it_is(lab: Lab, tmp_path: Path, disk: Disk) -> None:
    cassette = tmp_path / "c.yaml"
    origin = await lab.origin(
        *[OK] * (KNOWN + 1), OTHER, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n", OK
    )
    _, client = await known(lab, origin, cassette, disk)
    assert [(await client.send(CALL).message()).body for _ in range(4)] == [b"ok", b"other", b"yes", b"ok"]
    bodies = [interaction.response.body for interaction in load(cassette).interactions]
    assert bodies == [b"ok"] * (KNOWN + 1) + [b"other", b"yes", b"ok"]


@CALLS
@pytest.mark.parametrize("when", ["it is asked", "it is written"])
async def test_an_app_that_leaves_does_not_undo_it(
    when: str, call: bytes, lab: Lab, tmp_path: Path, disk: Disk
) -> None:
    async def script(wire: Wire) -> None:
        while True:
            await origin.read(wire)
            if len(origin.seen) > KNOWN and when == "it is asked":
                asked.set()
                await left.wait()
            wire.send(OK)

    asked, left, cassette = asyncio.Event(), asyncio.Event(), tmp_path / "c.yaml"
    origin = await lab.origin(script=script)
    running, client = await known(lab, origin, cassette, disk)
    disk.go.clear()
    client.send(call)
    await (asked.wait() if when == "it is asked" else begun(disk))
    client.reset()
    async with asyncio.timeout(20):
        while not [event for event in running.events("exchange") if event["status"] == 499]:
            await settle()
    left.set()
    disk.go.set()
    await running.serving.stop()
    assert (recorded(cassette), len(origin.seen)) == (KNOWN + 1, KNOWN + 1)


@CALLS
async def test_a_disk_that_fails_costs_the_recording_alone(call: bytes, lab: Lab, tmp_path: Path, disk: Disk) -> None:
    cassette = tmp_path / "c.yaml"
    running, client = await known(lab, await lab.origin(), cassette, disk)
    disk.error = OSError(28, "No space left on device")
    assert (await client.send(call).message()).body == b"ok"
    disk.error = None
    assert (await client.send(CALL).message()).body == b"ok"
    assert recorded(cassette) == KNOWN + 1
    assert [(event["why"], event["lost"]) for event in running.events("recording failed")] == [
        ("No space left on device", 1)
    ]


@CALLS
async def test_a_disk_that_hangs_is_waited_for_no_longer_than_for_any(
    call: bytes, lab: Lab, tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_together, "LONGEST_WRITE", 0.02)
    running, client = await known(lab, await lab.origin(), tmp_path / "c.yaml", disk)
    disk.go.clear()
    assert (await client.send(call).message()).body == b"ok"
    assert "longer than" in running.events("recording failed")[0]["why"]
    disk.go.set()

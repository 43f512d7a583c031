"""Appends happen in their order, one write at a time, and each one who waits learns what became of his own."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.cassettes.appender import TURNS, Appender
from gateway.cassettes.format import dump
from gateway.cassettes.reader import load
from gateway.cassettes.writer import Writer
from gateway.core.model import Interaction, Request, Response


def interaction(number: int) -> Interaction:
    return Interaction(
        "https://api.auth.adobe.com", Request("GET", f"/{number}"), Response(204), "2026-11-21T22:17:05.120Z"
    )


class Slow:
    """A disk that takes a write when it is told to, and may fail."""

    def __init__(self) -> None:
        self.writes: list[list[bytes]] = []
        self.go = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        self.fails: list[Exception | None] = []

    def __call__(self, blocks: Sequence[bytes]) -> None:
        self.begun.release()
        assert self.go.acquire(timeout=5)
        error = self.fails.pop(0) if self.fails else None
        if error is not None:
            raise error
        self.writes.append(list(blocks))

    async def began(self) -> None:
        assert await asyncio.to_thread(self.begun.acquire, timeout=5)


async def test_an_interaction_is_in_the_file_when_add_returns(tmp_path: Path) -> None:
    with Writer(tmp_path / "c.yaml") as writer:
        appender = Appender(writer.append)
        for number in range(3):
            await appender.add(dump(interaction(number)))
            assert len(load(tmp_path / "c.yaml").interactions) == number + 1


async def test_what_arrives_during_a_write_goes_out_with_the_next_one() -> None:
    disk = Slow()
    appender = Appender(disk)
    first = asyncio.create_task(appender.add(dump(interaction(0))))
    await disk.began()
    others = [asyncio.create_task(appender.add(dump(interaction(number)))) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    assert disk.writes == []
    assert not first.done()
    disk.go.release(2)
    await asyncio.gather(first, *others)
    assert disk.writes == [[dump(interaction(0))], [dump(interaction(number)) for number in (1, 2, 3)]]


async def test_a_write_waits_for_what_comes_in_the_next_turns_of_the_loop() -> None:
    disk = Slow()
    disk.go.release(1)
    appender = Appender(disk)
    adding = []
    for number in range(TURNS + 1):
        adding.append(asyncio.create_task(appender.add(dump(interaction(number)))))
        await asyncio.sleep(0)
    await asyncio.gather(*adding)
    assert disk.writes == [[dump(interaction(number)) for number in range(TURNS + 1)]]


async def test_many_at_once_are_each_written_once_and_in_order(tmp_path: Path) -> None:
    with Writer(tmp_path / "c.yaml") as writer:
        appender = Appender(writer.append)
        await asyncio.gather(*(appender.add(dump(interaction(number))) for number in range(100)))
    assert [one.request.target for one in load(tmp_path / "c.yaml").interactions] == [f"/{n}" for n in range(100)]


async def test_a_failed_write_is_told_to_those_it_was_for_and_to_nobody_else() -> None:
    disk = Slow()
    disk.fails = [OSError("full")]
    appender = Appender(disk)
    first = asyncio.create_task(appender.add(dump(interaction(0))))
    await disk.began()
    second = asyncio.create_task(appender.add(dump(interaction(1))))
    await asyncio.sleep(0)
    disk.go.release(2)
    with pytest.raises(OSError, match="full"):
        await first
    await second
    assert disk.writes == [[dump(interaction(1))]]


async def test_one_who_waits_no_longer_is_still_recorded() -> None:
    disk = Slow()
    appender = Appender(disk)
    left = asyncio.create_task(appender.add(dump(interaction(0))))
    await disk.began()
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    disk.go.release(2)
    await appender.add(dump(interaction(1)))
    assert disk.writes == [[dump(interaction(0))], [dump(interaction(1))]]


async def test_its_thread_begins_with_the_first_block_and_ends_with_it(tmp_path: Path) -> None:
    def threads() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "pass-gateway-appends"]

    before = threads()
    with Writer(tmp_path / "c.yaml") as writer:
        appender = Appender(writer.append)
        assert threads() == before
        for number in range(3):
            await appender.add(dump(interaction(number)))
        (thread,) = [thread for thread in threads() if thread not in before]
        del appender
        await asyncio.to_thread(thread.join, 20)
    assert not thread.is_alive()


async def test_a_system_without_threads_costs_the_recording_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError

    disk = Slow()
    disk.go.release(2)
    appender = Appender(disk)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(RuntimeError):
            await appender.add(dump(interaction(0)))
    await appender.add(dump(interaction(1)))
    assert disk.writes == [[dump(interaction(1))]]


async def test_a_system_without_descriptors_costs_the_recording_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def pipe() -> tuple[int, int]:
        raise OSError(24, "Too many open files")

    disk = Slow()
    disk.go.release(2)
    appender = Appender(disk)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pipe", pipe)
        with pytest.raises(OSError, match="Too many"):
            await appender.add(dump(interaction(0)))
    await appender.add(dump(interaction(1)))
    assert disk.writes == [[dump(interaction(1))]]


async def test_its_descriptors_are_closed_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_now: set[int] = set()
    pipe, close = os.pipe, os.close

    def making() -> tuple[int, int]:
        open_now.update(ends := pipe())
        return ends

    def closing(descriptor: int) -> None:
        open_now.discard(descriptor)
        close(descriptor)

    monkeypatch.setattr(os, "pipe", making)
    monkeypatch.setattr(os, "close", closing)

    async def thread_of(appender: Appender, write: int) -> threading.Thread:
        before = threading.enumerate()
        await appender.add(dump(interaction(write)))
        (thread,) = [one for one in threading.enumerate() if one not in before]
        assert len(open_now) == 2
        return thread

    with Writer(tmp_path / "c.yaml") as writer:
        appender = Appender(writer.append)
        thread = await thread_of(appender, 0)
        appender.close()
        await asyncio.to_thread(thread.join, 20)
        assert not open_now
        thread = await thread_of(appender, 1)  # the next block begins another thread
        del appender
        await asyncio.to_thread(thread.join, 20)
        assert not open_now
    assert len(load(tmp_path / "c.yaml").interactions) == 2


class Entry:
    """An entry of the tape that writes down in which order its methods are called."""

    def __init__(self, told: list[str], text: bytes) -> None:
        self.told = told
        self.held = text
        self.end = asyncio.Event()

    def text(self) -> bytes:
        self.told.append("text")
        return self.held

    def written(self, error: BaseException | None) -> None:
        self.told.append(f"written {error}")
        self.end.set()


async def test_an_entry_is_asked_for_its_text_when_the_write_begins() -> None:
    disk, told = Slow(), list[str]()
    appender = Appender(disk)
    entries = [Entry(told, b"a"), Entry(told, b"")]
    for entry in entries:
        appender.put(entry)
    assert told == []
    await disk.began()
    assert told == ["text", "text"]
    disk.go.release(1)
    await entries[-1].end.wait()
    assert (told[2:], disk.writes) == (["written None"] * 2, [[b"a"]])

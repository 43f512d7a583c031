"""kill -9 while recording, at random moments: whoever got its answer has its recording, and the file can be loaded.

Facts
-----
* CRASHES says how often (20 in the suite, 200 by `make crash`). Two of five kills are of the whole gateway, a process of its own
  over the built-in emulator, with clients on sockets; the others are of a small recorder, the same Appender and Writer behind a
  pipe, whose interactions are so large that the kernel is found in the middle of a write now and then.
* An answer is on the wire only when its recording is in the file, so a kill costs at most what was being written: a batch, which is of
  answers that nobody got.
"""

# ruff: noqa: S311  # chance in a test is no secret
from __future__ import annotations

import asyncio
import json
import os
import random
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.cassettes.errors import CassetteError
from gateway.cassettes.format import dump
from gateway.cassettes.reader import load
from gateway.cassettes.repair import repair
from gateway.cassettes.writer import Writer
from tests.cassettes.samples import logout
from tests.exchanges.test_sending_again import CALL
from tests.harness.processes import MAIN, SOON, environment, port_in
from tests.harness.sockets import Origin, Wire
from tests.legs import device_header

CRASHES = int(os.environ.get("CRASHES", "20"))
CLIENTS = 4
"""How many send at once: so many interactions may be in the making, and one write may hold all of them."""
LONGEST = 0.15
"""Seconds after its first answer in which a recorder is killed."""
RECORDER = """
import asyncio, sys
from msgspec.structs import replace
from pathlib import Path
from gateway.cassettes.appender import Appender
from gateway.cassettes.format import dump
from gateway.cassettes.writer import Writer
from tests.cassettes.samples import logout

one = logout(body=b"x" * 1_000_000)
block = dump(replace(one, request=replace(one.request, target="/answered/NAME/")))

async def main():
    tape = Appender(Writer(Path("c.yaml")).append)
    async def client(number):
        for turn in range(1 << 30):
            await tape.add(block.replace(b"NAME", f"{number}-{turn}".encode()))  # what takes time is the write alone
            sys.stdout.write(f"/answered/{number}-{turn}/\\n")
            sys.stdout.flush()
    await asyncio.gather(*map(client, range(4)))

asyncio.run(main())
"""


async def start(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments,
        cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


async def whole_gateway(folder: Path, chance: random.Random) -> set[str]:
    """Kill a gateway that records; return which logouts were answered to the last byte."""
    command = ("run", "--mode", "record", "--port", "0", "--cassette", "./c.yaml")
    process = await start(folder, "-c", MAIN, *command)
    answered: set[str] = set()
    first = asyncio.Event()
    padding = "x" * chance.choice([1, 1000, 50_000])

    async def client(port: int, number: int) -> None:
        wire = Wire(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 20))
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            for turn in range(1 << 30):
                name = f"/answered/{number}-{turn}/"
                target = f"/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fadobe.com{name.replace('/', '%2F')}"
                fields = (
                    f"Host: gateway\r\nAuthorization: Bearer t\r\nAP-Device-Identifier: {device_header(name)}\r\n"
                    f"X-Device-Info: e30=\r\nX-Padding: {padding}\r\n"
                )
                wire.send(f"GET {target} HTTP/1.1\r\n{fields}\r\n".encode())
                assert (await wire.message()).status == 200
                answered.add(name)
                first.set()
        wire.close()

    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), SOON)).decode()
        port = port_in(line)
        async with asyncio.TaskGroup() as clients:
            for number in range(CLIENTS):
                clients.create_task(client(port, number))
            await asyncio.wait_for(first.wait(), SOON)
            await asyncio.sleep(chance.uniform(0, LONGEST))
            process.kill()
    finally:
        await ended(process)
    return answered


async def recorder(folder: Path, chance: random.Random) -> set[str]:
    """Kill a process that only records; return what it said to be recorded."""
    process = await start(folder, "-c", RECORDER)
    answered = []
    try:
        assert process.stdout is not None
        answered.append(await asyncio.wait_for(process.stdout.readline(), SOON))
        await asyncio.sleep(chance.uniform(0, LONGEST / 10))
        process.kill()
        answered += (await asyncio.wait_for(process.stdout.read(), SOON)).splitlines(keepends=True)
    finally:
        await ended(process)
    return {line.decode().strip() for line in answered if line.endswith(b"\n")}


async def ended(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await asyncio.wait_for(process.communicate(), SOON)


def told(path: Path) -> str:
    """Return what is said of a cassette that cannot be loaded; empty of one that can."""
    try:
        load(path)
    except CassetteError as error:
        return error.advice
    return ""


def names(path: Path) -> list[str]:
    """Return which logouts a cassette holds."""
    targets = [one.request.target.replace("%2F", "/") for one in load(path).interactions]
    return [found[0] for target in targets if (found := re.search(r"/answered/[0-9-]+/", target))]


@pytest.mark.parametrize("number", range(CRASHES))
async def test_what_was_answered_is_recorded_whenever_the_recorder_is_killed(tmp_path: Path, number: int) -> None:
    kill = whole_gateway if number % 5 < 2 else recorder
    answered = await kill(tmp_path, random.Random(number))
    assert answered

    path = tmp_path / "c.yaml"
    before = path.read_bytes()
    intact = told(path) == ""
    repaired = repair(path)
    held = names(path)

    assert answered <= set(held), "an answer without its recording"
    assert len(held) == len(set(held)) == repaired.kept
    assert len(held) <= len(answered) + CLIENTS, "recordings of more than was in the making"
    assert path.read_bytes() == before[: len(before) - repaired.cut_bytes]
    assert intact is (repaired.cut_bytes == 0)
    if repaired.backup is not None:
        assert repaired.backup.read_bytes() == before
        repaired.backup.unlink()
    tail = before[len(before) - repaired.cut_bytes :]
    assert tail.count(b"\n- request:\n") + tail.startswith(b"- request:\n") <= 1, "more was cut than one interaction"

    with Writer(path) as writer:  # and recording goes on
        writer.append([dump(logout())])
    assert len(load(path).interactions) == repaired.kept + 1
    path.unlink()  # some are large


@pytest.mark.long
@pytest.mark.parametrize("number", range(max(1, CRASHES // 10)))
async def test_a_call_that_is_answered_again_is_recorded_again_whenever_the_gateway_is_killed(
    tmp_path: Path, number: int
) -> None:
    """A call that comes again is sent and recorded with calls, and no task waits: each answer has its recording all the same."""
    answered = 0
    enough = asyncio.Event()

    async def client(port: int) -> None:
        nonlocal answered
        wire = Wire(*await asyncio.open_connection("127.0.0.1", port))
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while (await wire.send(CALL).message()).status == 200:
                answered += 1
                if answered > 10 * CLIENTS:
                    enough.set()
        wire.close()

    async with Origin() as origin:
        settings = {"upstream": "lab", "upstreams": {"lab": {"origin": f"http://127.0.0.1:{origin.port}"}}}
        (tmp_path / "config.yaml").write_text(json.dumps(settings), "utf-8")  # JSON is YAML
        command = ("run", "--mode", "record", "--port", "0", "--cassette", "./c.yaml")
        process = await start(tmp_path, "-c", MAIN, *command)
        try:
            assert process.stdout is not None
            port = port_in((await asyncio.wait_for(process.stdout.readline(), SOON)).decode())
            async with asyncio.TaskGroup() as clients:
                for _ in range(CLIENTS):
                    clients.create_task(client(port))
                await asyncio.wait_for(enough.wait(), SOON)
                await asyncio.sleep(random.Random(number).uniform(0, LONGEST))
                process.kill()
        finally:
            await ended(process)
    repair(tmp_path / "c.yaml")
    assert answered <= len(load(tmp_path / "c.yaml").interactions) <= answered + CLIENTS

"""Signals to real processes: which drains, which ends at once, which means nothing; and a log that nobody reads stops neither."""

# a test may look into a folder of its own
from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import sys
import termios
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, Signals
from typing import Any

import pytest

from gateway.system.locking import lock_path
from tests.harness.ports import free_port
from tests.harness.processes import MAIN, SOON, environment, port_in
from tests.harness.sockets import Origin, Wire
from tests.legs import DISH, device_header
from tests.system.test_lines import UNREAD, Ends, full, without_a_reader

ASKED = f"GET {DISH} HTTP/1.1\r\nHost: gateway\r\nAP-Device-Identifier: {device_header('roku')}\r\nAuthorization: Bearer t\r\n\r\n".encode()
UNKNOWN = ASKED.replace(DISH.encode(), b"/nothing")
"""What the emulator answers 501: it knows no such path."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class House:
    """Starts commands in sessions of their own, so that the terminal of whoever runs the tests is not theirs."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def start(self, *arguments: str, code: str = "", terminal: bool = False, **about: Any) -> Process:
        environ = environment(**about.pop("environ", {}))
        if terminal:
            controlling, slave = pty.openpty()
            self._terminal = self._stack.enter_context(os.fdopen(controlling, "rb"))
            self._stack.callback(os.close, slave)
            about |= {"pass_fds": (slave,), "preexec_fn": lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0)}
        program = f"{code}\n{MAIN}"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, *arguments, env=environ, start_new_session=True,
            **{"stdin": DEVNULL, "stdout": PIPE, "stderr": PIPE, **about},
        )  # fmt: skip
        self._stack.push_async_callback(self._end, process)
        return process

    def hang_up(self) -> None:
        """Close the terminal; the system then sends HUP to whoever leads its session."""
        self._terminal.close()

    async def _end(self, process: Process) -> None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()

    async def connect(self, port: int) -> Wire:
        wire = Wire(*await asyncio.open_connection("127.0.0.1", port))
        self._stack.callback(wire.close)
        return wire


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        yield House(stack)


async def port_of(process: Process) -> int:
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), SOON)).decode()
    assert line, process.stderr and await process.stderr.read()
    return port_in(line)


async def refuses(port: int) -> None:
    """Return when nobody listens any more."""
    async with asyncio.timeout(SOON):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                return
            writer.close()
            await writer.wait_closed()


async def ended(process: Process) -> int:
    return await asyncio.wait_for(process.wait(), SOON)


class InFlight:
    """A gateway, or the emulator, with one exchange that ends when the test says so."""

    def __init__(self, house: House, command: str) -> None:
        self.house = house
        self.command = command
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def start(self, *, terminal: bool = False) -> None:
        if self.command == "emulator":  # which waits for the rest of a form
            self.process = await self.house.start("emulator", "--port", "0", terminal=terminal)
            self.port = await port_of(self.process)
            self.wire = await self.house.connect(self.port)
            self.wire.send(
                b"POST /o/client/token HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
            )
            assert (await self.wire.message()).status == 100
            return

        async def script(wire: Wire) -> None:
            await origin.read(wire)
            self.asked.set()
            await self.go.wait()
            wire.send(OK)
            await wire.gone()

        origin = await self.house._stack.enter_async_context(Origin(script=script))
        environ = {"GATEWAY_UPSTREAMS__LAB__ORIGIN": f"http://127.0.0.1:{origin.port}"}
        arguments = ("run", "--port", "0", "--mode", "record", "--upstream", "lab")
        self.process = await self.house.start(*arguments, terminal=terminal, environ=environ)
        self.port = await port_of(self.process)
        self.wire = (await self.house.connect(self.port)).send(ASKED)
        await asyncio.wait_for(self.asked.wait(), SOON)

    async def finish(self) -> int:
        """Let the exchange end; return its status."""
        self.go.set()
        if self.command == "emulator":
            self.wire.send(b"client_id")
        return (await self.wire.message()).status


@pytest.mark.parametrize("command", ["run", pytest.param("emulator", marks=pytest.mark.long)])
async def test_what_means_nothing_changes_nothing_the_first_that_ends_drains(house: House, command: str) -> None:
    serving = InFlight(house, command)
    await serving.start()
    for number in (SIGUSR1, SIGUSR2, SIGHUP, SIGTERM):  # no terminal was closed
        serving.process.send_signal(number)
    await refuses(serving.port)
    assert serving.process.returncode is None
    assert await serving.finish() in {200, 400}
    assert await ended(serving.process) == 0


@pytest.mark.long
@pytest.mark.parametrize("command", ["run", "emulator"])
@pytest.mark.parametrize("first", [pytest.param(number, id=number.name) for number in (SIGTERM, SIGINT, SIGHUP)])
@pytest.mark.parametrize("second", [SIGTERM, SIGINT, SIGQUIT], ids=lambda number: number.name)
async def test_the_second_ends_at_once(house: House, command: str, first: Signals, second: Signals) -> None:
    """The first may be the terminal's, which tells twice that it was closed."""
    serving = InFlight(house, command)
    await serving.start(terminal=first is SIGHUP)
    if first is SIGHUP:
        house.hang_up()
    else:
        serving.process.send_signal(first)
    await refuses(serving.port)
    serving.process.send_signal(SIGHUP)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(serving.process.wait(), 0.3)
    serving.process.send_signal(second)
    assert await ended(serving.process) == -second


@pytest.mark.long
async def test_a_terminal_that_is_closed_leaves_nobody_on_the_port(house: House) -> None:
    serving = InFlight(house, "run")
    await serving.start(terminal=True)
    house.hang_up()
    await refuses(serving.port)
    assert await serving.finish() == 200
    assert await ended(serving.process) == 0


@pytest.mark.long
@pytest.mark.parametrize("terminal", [True, False])
async def test_a_hup_reads_the_configuration_anew_where_no_terminal_was_closed(
    house: House, tmp_path: Path, terminal: bool
) -> None:
    """The exchange in flight ends as it began; what comes after asks the new configuration on the same port."""
    serving = InFlight(house, "run")
    await serving.start(terminal=terminal)
    (tmp_path / "config.yaml").write_text(
        "audit: {mode: off, response_header: true}\nrules: [{set_header: {name: X-New, value: yes-it-is, scope: response}}]\n"
    )
    serving.process.send_signal(SIGHUP)
    assert serving.process.stderr is not None
    while b"configuration applied" not in (line := await asyncio.wait_for(serving.process.stderr.readline(), SOON)):
        assert line
    assert b"rules" in line
    assert await serving.finish() == 200
    serving.go.set()
    answer = await (await house.connect(serving.port)).send(ASKED).message()
    assert (answer.status, answer.get(b"X-New")) == (200, b"yes-it-is")
    serving.process.send_signal(SIGTERM)
    assert await ended(serving.process) == 0


@pytest.mark.long
async def test_nohup_is_listened_to(house: House) -> None:
    code = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    process = await house.start("run", "--port", "0", code=code, terminal=True)
    port = await port_of(process)
    house.hang_up()
    process.send_signal(SIGHUP)
    assert process.stderr is not None
    while b"configuration applied" not in (line := await asyncio.wait_for(process.stderr.readline(), SOON)):
        assert line
    assert (await (await house.connect(port)).send(ASKED).message()).status == 200


LOADING = """
import time, gateway.wiring.steered
gateway.wiring.steered.assemble = lambda *_, **__: print("loading", flush=True) or time.sleep(60)
"""


@pytest.mark.long
@pytest.mark.parametrize("number", [SIGTERM, SIGINT, SIGQUIT], ids=lambda number: number.name)
async def test_what_is_still_starting_ends_at_once(house: House, number: Signals) -> None:
    process = await house.start("run", "--port", "0", code=LOADING)
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), SOON) == b"loading\n"
    process.send_signal(number)
    assert await ended(process) == -number
    assert (await process.communicate())[1] == b""


BUSY = """
import asyncio, time, gateway.system.signals as signals
drain = signals.drain
signals.drain = lambda *hear: (drain(*hear), asyncio.get_running_loop().run_in_executor(None, time.sleep, 2 * SOON))
"""


@pytest.mark.long
async def test_a_thread_that_blocks_does_not_hold_up_the_end(house: House) -> None:
    """A name that is looked up, a disk that does not answer."""
    process = await house.start("run", "--port", "0", code=BUSY.replace("SOON", str(SOON)))
    await port_of(process)
    process.send_signal(SIGTERM)
    assert await ended(process) == 0


# --- a log that nobody reads


async def ask(house: House, port: int, times: int, request: bytes = ASKED) -> None:
    wire = await house.connect(port)
    expected = 501 if request is UNKNOWN else 200
    for _ in range(times):
        assert (await asyncio.wait_for(wire.send(request).message(), SOON)).status == expected


@pytest.mark.long
async def test_a_log_that_nobody_reads_stops_nobody_and_says_what_it_lost(house: House) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    small = "import gateway.system.lines; gateway.system.lines.Lines.__init__.__defaults__ = (20_000,)"
    process = await house.start("run", "--port", "0", code=small, stderr=writing)
    os.close(writing)
    await ask(house, await port_of(process), 300, UNKNOWN)
    with os.fdopen(reading, "rb") as log:
        events: list[dict[str, Any]] = []
        while not events or events[-1]["event"] != "log lines lost":
            events.append(json.loads(await asyncio.to_thread(log.readline)))
        process.send_signal(SIGTERM)
        assert await ended(process) == 0
        *_, stopped = [json.loads(line) for line in log]
    dropped = events[-1]["log_lines_dropped"]
    kept = sum(event["event"] == "exchange" for event in events)
    assert 0 < kept < 300
    assert dropped >= 300 - kept
    assert (stopped["event"], stopped["log_lines_dropped"], stopped["log_lines_unwritten"]) == ("stopped", dropped, 0)


@pytest.mark.long
@pytest.mark.parametrize("kind", [*UNREAD, lambda: (-1, full()), lambda: (-1, without_a_reader())])
async def test_it_answers_and_stops_whatever_becomes_of_its_log(house: House, kind: Callable[[], Ends]) -> None:
    """Nobody reads while 600 are answered, nor when it is told to stop."""
    reading, writing = kind()
    process = await house.start("run", "--port", "0", stderr=writing)
    await ask(house, await port_of(process), 600)
    process.send_signal(SIGTERM)
    assert await ended(process) == 0
    for descriptor in (reading, writing):
        if descriptor >= 0:
            os.close(descriptor)


@pytest.mark.long
@pytest.mark.parametrize("command", ["run", "emulator"])
@pytest.mark.parametrize("kind", ["full", "closed"])
async def test_a_first_line_that_nobody_can_read_keeps_nobody_from_serving(
    house: House, command: str, kind: str
) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    if kind == "closed":
        os.close(reading)
    port = free_port()
    process = await house.start(command, "--port", str(port), stdout=writing)
    async with asyncio.timeout(SOON):
        while True:
            with suppress(ConnectionError):
                await ask(house, port, 1, UNKNOWN)
                break
            await asyncio.sleep(0.1)
    process.send_signal(SIGTERM)
    assert await ended(process) == 0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON):
        while not condition():  # noqa: ASYNC110  # it is another process that changes it
            await asyncio.sleep(0.01)


@pytest.mark.long
async def test_a_log_that_was_moved_away_is_opened_anew(house: House) -> None:
    """USR1, as logrotate sends it. What was logged before is in the old file; stderr has nothing, stdout the ready line."""
    log, moved = Path("gateway.log"), Path("moved.log")

    def count(file: Path) -> int:
        return file.read_text("utf-8").count("\n") if file.exists() else -1

    process = await house.start(
        "run", "--port", "0", environ={"GATEWAY_LOG__FILE": str(log), "GATEWAY_CONTROL__ENABLED": "false"}
    )
    port = await port_of(process)
    await ask(house, port, 3)
    await until(lambda: count(log) == 3)
    os.rename(log, moved)  # noqa: PTH104  # which pathlib's own would be told not to do here
    process.send_signal(SIGUSR1)
    await until(lambda: count(log) == 0)
    await ask(house, port, 2)
    process.send_signal(SIGTERM)
    assert await process.communicate() == (b"", b"")
    assert (count(moved), count(log)) == (3, 3)


# --- a lock that somebody holds


@pytest.mark.long
async def test_a_lock_that_is_held_costs_the_recording_and_not_the_answer(house: House) -> None:
    """It is said which lock, and stopping does not wait for it."""
    short = "import gateway.system.locking as locking; locking.PATIENCE = 0.1"
    process = await house.start("run", "--port", "0", "--mode", "record", code=short)
    port = await port_of(process)
    await ask(house, port, 1)
    with lock_path(Path("cassettes/logout.yaml")).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        await ask(house, port, 3)
        process.send_signal(SIGTERM)
        _, log = await asyncio.wait_for(process.communicate(), SOON)
    events = [json.loads(line) for line in log.splitlines()]
    failures = [event["why"] for event in events if event["event"] == "recording failed"]
    assert (len(failures), events[-1]["recorded"], sum(events[-1]["lost"].values())) == (3, 1, 3)
    assert "another process holds the lock logout.yaml.lock" in failures[0]

"""A gateway of several workers as a process of its own, an origin behind it, and what a test asks of both."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.harness.processes import GATEWAY, SOON, environment, port_in
from tests.harness.sockets import Wire
from tests.legs import device_header


@dataclass
class Origin:
    """Answers each logout at once, and counts which it was asked for."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    body: bytes = b'{"logouts": {}}'
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.asked.append(head.split(b" ", 2)[1].decode())
                fields = b"Content-Type: application/json\r\nContent-Length: %d" % len(self.body)
                writer.write(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n%b" % (fields, self.body))
                await writer.drain()
        await closed(writer)


async def closed(writer: asyncio.StreamWriter) -> None:
    """Close a connection, whatever has become of it."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def origin() -> AsyncIterator[Origin]:
    """Listen on a free port."""
    found = Origin()
    server = await asyncio.start_server(found.answer, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        for writer in found.writers:
            await closed(writer)


@dataclass
class Fleet:
    """A supervisor that runs, and its workers."""

    process: asyncio.subprocess.Process
    log_file: Path
    folder: Path
    port: int
    control: int
    wires: list[Wire] = field(default_factory=list)

    @property
    def pids(self) -> list[int]:
        """The processes of its workers."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii")
        return [int(pid) for pid in text.split()]

    @property
    def log(self) -> list[dict[str, Any]]:
        """What was logged so far."""
        lines = self.log_file.read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def events(self, event: str) -> list[dict[str, Any]]:
        return [entry for entry in self.log if entry["event"] == event]

    async def until(self, event: str, times: int = 1) -> None:
        """Wait until something was logged so often."""
        async with asyncio.timeout(SOON):
            while len(self.events(event)) < times:  # noqa: ASYNC110  # another process writes it
                await asyncio.sleep(0.02)

    async def ready(self) -> None:
        """Wait until all workers answer."""
        async with asyncio.timeout(4 * SOON):
            while (await self.api("GET", "/readyz"))[1] != "ready\n":  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.05)

    async def api(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Ask the control listener; return the status, and what the answer says."""
        return await asyncio.to_thread(self._api, method, path, body)

    def _api(self, method: str, path: str, body: object) -> tuple[int, Any]:
        token = (self.folder / ".gateway-control-token").read_text("utf-8").strip()
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        asked = urllib.request.Request(  # loopback
            f"http://127.0.0.1:{self.control}{path}", data, headers, method=method
        )
        try:
            with urllib.request.urlopen(asked, timeout=SOON) as answer:  # noqa: S310  # loopback
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text.decode()

    async def client(self, port: int = 0) -> Wire:
        """Open a connection to `port`, or to the port of `listen`, which the worker with the fewest takes."""
        wire = Wire(
            *await asyncio.open_connection("127.0.0.1", port or self.port, limit=1 << 20)
        )  # it is never refused
        self.wires.append(wire)
        await asyncio.sleep(0.02)
        return wire

    async def one_each(self, port: int = 0) -> list[Wire]:
        """Open connections until each worker has one; return one of each, in the workers' order."""
        found: dict[int, Wire] = {}
        async with asyncio.timeout(SOON):
            while len(found) < len(self.pids):
                wire = await self.client(port)
                ends = wire.writer.get_extra_info("peername")[1], wire.writer.get_extra_info("sockname")[1]
                pid = await asyncio.to_thread(self._worker_of, *ends)
                if pid and pid not in found:
                    found[pid] = wire
        return [found[pid] for pid in self.pids]

    def _worker_of(self, to: int, port: int) -> int:
        """Return the process that has accepted the connection to a port from another one; 0 where none has yet."""
        ends = f":{to:04X} ", f":{port:04X} "
        lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
        inodes = [
            f"socket:[{line[9]}]"
            for line in lines
            if f"{line[1]} ".endswith(ends[0]) and f"{line[2]} ".endswith(ends[1])
        ]
        for pid in self.pids:
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    if str(descriptor.readlink()) in inodes:
                        return pid
        return 0

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def stop(self) -> int:
        """Have it end as a service manager does; return its status."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), SOON)


def logout(name: str, *more: str) -> bytes:
    """Return a logout of which the cassette can be asked by name."""
    fields = ["Host: gateway", "Authorization: Bearer t", f"AP-Device-Identifier: {device_header(name)}", *more]
    line = f"GET /api/v2/REF30/logout/Dish?n={name} HTTP/1.1"
    return "\r\n".join([line, *fields, "", ""]).encode()


@asynccontextmanager
async def fleet(
    folder: Path, to: Origin | None, *arguments: str, log_at: Path | None = None, **more: Any
) -> AsyncIterator[Fleet]:
    """Start one of two workers; `log_at` is where its log is, if not on stderr; `more` are keys of its configuration."""
    settings: dict[str, Any] = {"workers": 2, "control": {"port": 0}, **more}
    if to is not None:
        settings |= {"upstream": "lab", "upstreams": {"lab": {"origin": f"http://127.0.0.1:{to.port}"}}}
    (folder / "config.yaml").write_text(json.dumps(settings), "utf-8")
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *GATEWAY, "run", "--port", "0", *arguments,
            cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
    running: Fleet | None = None
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), SOON)).decode()
        assert line, (folder / "log").read_text("utf-8")
        running = Fleet(process, log_at or folder / "log", folder, port_in(line), 0)
        await running.until("control listening")
        running.control = int(running.events("control listening")[0]["url"].rpartition(":")[2])
        yield running
    finally:
        for wire in running.wires if running is not None else ():
            await closed(wire.writer)
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            await process.wait()

"""A fleet as processes: a real redis-server, gateways, and HAProxy in front that speaks the PROXY protocol to them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request as Asked
from urllib.request import urlopen

import pytest

from gateway.cassettes.format import HEAD, dump
from gateway.core.model import Headers, Interaction, Request, Response
from tests.harness.ports import free_port
from tests.harness.processes import GATEWAY, SOON, environment

WORKERS = int(os.environ.get("FLEET_WORKERS", "2"))
"""Processes of each gateway, where there are several."""
KEY = "5a" * 32
REDACTION_KEY = "c3" * 32
PATH = b"/api/v2/REF30/profiles"
IN_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own in it
"""Where a Redis that lasts need not wait for a disk."""
RECORDED = "fingerprint cmVjb3JkZWQtdGVsZXZpc2lvbi0wMDAx"
"""The device of the cassette."""

NEEDS_REDIS = pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
NEEDS_HAPROXY = pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is not installed")


def sequence(path: Path, answers: int = 5) -> None:
    """Write a cassette in which one device asks one thing several times; the answers are numbered."""
    asked = Request("GET", PATH.decode(), Headers.of({"Accept": "application/json", "AP-Device-Identifier": RECORDED}))
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = []
    for number in range(answers):
        body = json.dumps({"turn": number}).encode()
        fields = Headers.of({"Content-Type": "application/json", "Content-Length": str(len(body))})
        answer = Response(200, "OK", fields, body)
        blocks.append(dump(Interaction("https://api.auth.adobe.com", asked, answer, "2026-11-22T06:12:26.512Z", {})))
    path.write_bytes(HEAD + b"".join(blocks))


class RedisServer:
    """A redis-server of its own; one that `lasts` has written all that it has answered.

    With the how-to's `everysec`, a Redis that is killed while its disk is slow loses up to two seconds of what it has answered.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.lasts = False
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        options = ["--port", str(self.port), "--save", "", "--appendonly", "yes" if self.lasts else "no"]
        options += ["--appendfsync", "always"]
        self._process = subprocess.Popen(  # noqa: S603  # the program that is tested with
            [shutil.which("redis-server") or "", *options, "--bind", "127.0.0.1", "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
        )
        until(lambda: self.ask("PING") == b"+PONG")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def pause(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def ask(self, line: str) -> bytes:
        """Return the first line of what an inline command answers; nothing where nobody listens."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), SOON) as wire:
            wire.sendall(f"{line}\r\n".encode())
            return wire.makefile("rb").readline().strip()
        return b""

    @property
    def client(self) -> Any:
        from redis import Redis  # noqa: PLC0415  # an extra

        return Redis(port=self.port)


class Member:
    """One gateway of a fleet, as a process."""

    def __init__(self, folder: Path, name: str, redis: RedisServer, settings: Mapping[str, object]) -> None:
        self.name = name
        self.port, self.control_port = free_port(), free_port()
        self._folder = folder / name
        self._folder.mkdir()
        (folder / "key").write_text(KEY)
        fleet = {"redis": redis.url, "fleet": "lab", "gateway": name, "key_file": "../key", "timeout": 5}
        config: dict[str, Any] = {
            "control": {"port": self.control_port},
            **settings,
        }
        config["listen"] = {**config.get("listen", {}), "port": self.port}
        if config.get("fleet", {}) is not None:
            config["fleet"] = {**fleet, **config.get("fleet", {})}
        (self._folder / "config.yaml").write_text(json.dumps(config))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **more: str) -> None:
        more.setdefault("GATEWAY_REDACTION_KEY", REDACTION_KEY)
        with (self._folder / "err.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                [*GATEWAY, "run"], cwd=self._folder, env=environment(**more), stdout=subprocess.DEVNULL, stderr=log
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def workers(self) -> list[int]:
        """The processes of its workers; none where it answers itself."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def ready(self) -> None:
        until(lambda: self.health().startswith(("ready", "degraded")))

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """Stop it gently; return its exit status."""
        assert self._process is not None
        self._process.terminate()
        status = self._process.wait(SOON)
        self._process = None
        return status

    def wait(self) -> tuple[int, str]:
        """Return the exit status of one that ends by itself, and its log."""
        assert self._process is not None
        status = self._process.wait(SOON)
        self._process = None
        return status, self.log

    @property
    def log(self) -> str:
        return (self._folder / "err.log").read_text()

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the events of this name in the log."""
        lines = [line for line in self.log.splitlines() if line.startswith("{")]
        return [event for event in map(json.loads, lines) if event["event"] == name]

    def health(self) -> str:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{self.control_port}/readyz", timeout=5) as answer:  # ours
            return str(answer.read().decode())
        return ""

    def count(self, name: str) -> float:
        """Return a number of `/metrics`."""
        with urlopen(f"http://127.0.0.1:{self.control_port}/metrics", timeout=SOON) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(f"gateway_{name}_total "))

    def page(self, path: str = "/") -> str:
        """Return a view of the page."""
        token = (self._folder / ".gateway-control-token").read_text().strip()
        asked = Asked(f"http://127.0.0.1:{self.control_port}{path}", None, {"Authorization": f"Bearer {token}"})
        with urlopen(asked, timeout=SOON) as answer:  # noqa: S310  # ours
            return str(answer.read().decode())

    def api(self, method: str, path: str, body: object = None) -> Any:
        """Ask the control listener."""
        token = (self._folder / ".gateway-control-token").read_text().strip()
        fields = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        asked = Asked(f"http://127.0.0.1:{self.control_port}{path}", data, fields, method=method)  # as above
        with urlopen(asked, timeout=SOON) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None


class Farm:
    """A fleet, and what is in front of it."""

    def __init__(self, folder: Path, redis: RedisServer) -> None:
        self.folder = folder
        self.redis = redis
        self.members: list[Member] = []
        self.port = 0
        """Where devices ask: HAProxy's, or that of the first gateway."""
        self._haproxy: subprocess.Popen[bytes] | None = None

    def gateways(self, number: int, environ: Mapping[str, str] | None = None, **settings: Any) -> Sequence[Member]:
        """Start gateways."""
        self.members = [Member(self.folder, f"lab-{place}", self.redis, settings) for place in range(1, number + 1)]
        for member in self.members:
            member.start(**(environ or {}))
        for member in self.members:
            member.ready()
        self.port = self.members[0].port
        return self.members

    def balance(self) -> None:
        """Start HAProxy: one connection after another to each gateway that is healthy, with the device's address."""
        self.port = free_port()
        servers = "\n".join(
            f"  server {member.name} 127.0.0.1:{member.port} check inter 500ms fall 3 rise 1 send-proxy-v2 check-send-proxy"
            for member in self.members
        )
        file = self.folder / "haproxy.cfg"
        file.write_text(
            f"""global
  maxconn 4000
defaults
  mode tcp
  timeout connect 5s
  timeout check 5s
  timeout client 60s
  timeout server 60s
  option redispatch 1
  retries 3
frontend devices
  bind 127.0.0.1:{self.port}
  default_backend gateways
backend gateways
  balance roundrobin
  option httpchk
  http-check send meth GET uri /.well-known/pass-gateway/health ver HTTP/1.1 hdr Host gateway
  http-check expect status 200
{servers}
"""
        )
        self._haproxy = subprocess.Popen([shutil.which("haproxy") or "", "-f", str(file), "-q"])  # noqa: S603  # the program that is tested with
        until(lambda: _listens(self.port))

    def stop(self) -> None:
        for member in self.members:
            member.kill()
        if self._haproxy is not None:
            self._haproxy.kill()
            self._haproxy.wait()
        self.redis.kill()


@contextmanager
def farm(folder: Path, *, lasts: bool = False) -> Iterator[Farm]:
    """Start a Redis, which `lasts` or not; stop it, and all that was started beside it, in the end."""
    with TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as kept:
        redis = RedisServer(Path(kept))
        redis.lasts = lasts
        redis.start()
        made = Farm(folder, redis)
        try:
            yield made
        finally:
            made.stop()


def until(condition: Any, seconds: float = SOON) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, condition
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class TestDevice:
    """A device of the lab, with an address and an identifier of its own: it asks, on a new connection now and then."""

    __test__ = False

    def __init__(self, number: int, port: int, each: int = 3) -> None:
        """`each`: requests on one connection."""
        self.address = f"127.1.{number // 250}.{number % 250 + 1}"
        self._port = port
        self._each = each
        self._asked = 0
        identifier = f"television-of-the-lab-{number:05}".encode()
        fields = (
            b"Host: gateway",
            b"Accept: application/json",
            b"AP-Device-Identifier: fingerprint " + _base64(identifier),
            b"Authorization: Bearer secret-token-of-television-%05d" % number,
        )
        self._fields = b" HTTP/1.1\r\n" + b"\r\n".join(fields) + b"\r\n\r\n"
        self._wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, target: bytes = PATH) -> tuple[int, bytes]:
        """Return status and body; status 0 where the connection broke, so that nobody knows what was done."""
        try:
            if self._wire is None or self._asked % self._each == 0:
                self.leave()
                self._wire = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(self.address, 0))
            self._asked += 1
            reader, writer = self._wire
            writer.write(b"GET " + target + self._fields)
            async with asyncio.timeout(SOON):
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                return int(head.split(b" ")[1]), await reader.readexactly(length)
        except (OSError, EOFError):
            self.leave()
            return 0, b""

    def leave(self) -> None:
        """Close the connection."""
        if self._wire is not None:
            self._wire[1].close()
            self._wire = None


def _base64(text: bytes) -> bytes:
    from base64 import b64encode  # noqa: PLC0415  # for this alone

    return b64encode(text)

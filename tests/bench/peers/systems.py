"""The systems that are measured: what each needs, how it is started, what it is asked first."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.model import Request
from tests.bench import traffic
from tests.bench.machine import Cores
from tests.bench.peers import cassettes, workloads
from tests.bench.peers.running import BrokenError, Process, answered, running
from tests.bench.peers.tools import CONFIGS, Tools, said
from tests.bench.systems import SERVERS, _gateway
from tests.harness.ports import free_port as _free_port


@dataclass(slots=True)
class Ground:
    """Where the systems of a run stand."""

    folder: Path
    tools: Tools
    cores: Cores
    upstream: str = ""
    """Host and port of the server that the proxies send to."""
    _made: dict[str, Path] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[Path], object]) -> Path:
        """Return a file that is made when it is first asked for."""
        if name not in self._made:
            path = self.folder / name
            make(path)
            self._made[name] = path
        return self._made[name]

    def answer(self) -> Path:
        """Return the file that holds the documented answer."""
        return self.once("answer.json", lambda path: path.write_bytes(traffic.BODY))

    def cassette(self, count: int) -> Path:
        """Return a cassette of `count` interactions."""
        return self.once(f"{count}.yaml", lambda path: cassettes.write(path, count))

    def certificate(self) -> Path:
        """Return a folder with cert.pem and key.pem. Raises MissingError."""

        def make(folder: Path) -> None:
            folder.mkdir()
            what = (
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=127.0.0.1",
            )
            where = ("-keyout", folder / "key.pem", "-out", folder / "cert.pem")
            said(self.tools.get("openssl"), "req", "-x509", *what, *where)

        return self.once("certificate", make)

    def environment(self) -> dict[str, str]:
        """Return the environment without whatever of ours is set in it; what Python compiles is kept, as it is for users."""
        ours = ("GATEWAY_", "PYTHONDONTWRITEBYTECODE")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {**environ, "GATEWAY_REDACTION_KEY": traffic.KEY.hex(), "GOMAXPROCS": "1"}


@dataclass(frozen=True, slots=True)
class Start:
    """What a system is started with."""

    ground: Ground
    folder: Path
    """Its own, empty."""
    port: int


@dataclass(frozen=True, slots=True)
class System:
    """A server under test."""

    name: str
    command: Callable[[Start], list[str]]
    needs: tuple[str, ...] = ()
    """Tools, by name."""
    tls: bool = False
    ask: Callable[[], Request] = lambda: workloads.seven()[0]
    """What it is asked until it answers."""
    expect: bytes = b'"logouts"'
    """What must stand in that answer: an error is answered fast, and would look like a good number."""
    prepare: Callable[[Process], None] = lambda _: None
    """What is done once it is there: a tool that plays what it recorded has to record it."""
    warm_up: float = 1.0
    """Seconds of load before it is measured."""

    @contextmanager
    def started(self, ground: Ground, core: int | None) -> Iterator[Process]:
        """Run it, ready to be measured. Raises MissingError or BrokenError."""
        for tool in self.needs:
            ground.tools.get(tool)
        folder = ground.folder / "".join(letter if letter.isalnum() else "-" for letter in self.name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        start = Start(ground, folder, _free_port())
        with ExitStack() as stack:
            process = stack.enter_context(
                running(
                    self.name,
                    self.command(start),
                    port=start.port,
                    core=core,
                    folder=folder,
                    environ=ground.environment(),
                    tls=self.tls,
                    ask=self.ask(),
                    expect=self.expect,
                )
            )
            self.prepare(process)
            yield process


def configured(start: Start, name: str, **more: str) -> Path:
    """Fill in a published configuration, and return where the result is."""
    text = (CONFIGS / name).read_text("utf-8")
    values = {"port": str(start.port), "folder": str(start.folder), "upstream": start.ground.upstream, **more}
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", value)
    path = start.folder / name
    path.write_text(text, "utf-8")
    return path


def nginx(name: str, *, tls: bool = False, buffering: bool = True) -> Callable[[Start], list[str]]:
    def command(start: Start) -> list[str]:
        certificate = ""
        if tls:
            files = start.ground.certificate()
            certificate = f"ssl_certificate {files}/cert.pem; ssl_certificate_key {files}/key.pem;"
        config = configured(
            start,
            name,
            tls="ssl" if tls else "",
            certificate=certificate,
            body=traffic.BODY.decode().replace("\n", "\\n"),
            buffering="on" if buffering else "off",
        )
        return [str(start.ground.tools.get("nginx")), "-e", "stderr", "-p", str(start.folder), "-c", str(config)]

    return command


def haproxy(name: str) -> Callable[[Start], list[str]]:
    def command(start: Start) -> list[str]:
        config = configured(start, name, answer=str(start.ground.answer()))
        return [str(start.ground.tools.get("HAProxy")), "-db", "-f", str(config)]

    return command


def go(start: Start) -> list[str]:
    return [str(start.ground.tools.get("Go ReverseProxy")), str(start.port), f"http://{start.ground.upstream}"]


def talkback(start: Start) -> list[str]:
    script = start.folder / "talkback.js"
    shutil.copy(CONFIGS / "talkback.js", script)
    (start.folder / "node_modules").symlink_to(start.ground.tools.get("talkback").parent.parent)
    tapes = start.folder / "tapes"
    tapes.mkdir()
    return [
        str(start.ground.tools.get("node")),
        "--preserve-symlinks-main",
        str(script),
        str(start.port),
        f"http://{start.ground.upstream}",
        str(tapes),
    ]


def wiremock(*, proxy: bool = False, record: bool = False, count: int = 0) -> Callable[[Start], list[str]]:
    def command(start: Start) -> list[str]:
        (start.folder / "mappings").mkdir()
        (start.folder / "__files").mkdir()
        if count:
            target = start.folder / "mappings" / "cassette.json"
            export = ["cassette", "export", str(start.ground.cassette(count)), "--format", "wiremock"]
            done = subprocess.run(  # ours
                [*_gateway(), *export, "--output", str(target)],
                cwd=start.folder,
                env=start.ground.environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise BrokenError("mappings cannot be exported", done.stderr)
        java = [str(start.ground.tools.get("java")), "-jar", str(start.ground.tools.get("WireMock"))]
        here = ["--port", str(start.port), "--bind-address", "127.0.0.1", "--root-dir", str(start.folder)]
        # it records from it
        quiet = ["--disable-banner", "--disable-gzip", *([] if record else ["--no-request-journal"])]
        there = ["--proxy-all", f"http://{start.ground.upstream}"] if proxy else []
        return [*java, *here, *quiet, *there, *(["--record-mappings"] if record else [])]

    return command


def mitmdump(*options: str) -> Callable[[Start], list[str]]:
    def command(start: Start) -> list[str]:
        here = ["--listen-host", "127.0.0.1", "--listen-port", str(start.port), "--quiet"]
        settings = ["--set", f"confdir={start.folder}", "--mode", f"reverse:http://{start.ground.upstream}"]
        filled = [option.replace("{{folder}}", str(start.folder)) for option in options]
        return [str(start.ground.tools.get("mitmdump")), *here, *settings, *filled]

    return command


def bare(start: Start) -> list[str]:
    return [sys.executable, str(SERVERS / "bare.py"), str(start.ground.answer()), str(start.port)]


def plain_proxy(start: Start) -> list[str]:
    return [sys.executable, str(SERVERS / "plain_proxy.py"), f"http://{start.ground.upstream}", str(start.port)]


def gateway(
    mode: str,
    cassette: Callable[[Ground], Path] | int = 0,
    *,
    tls: bool = False,
    small: bool = False,
    settings: Mapping[str, object] | None = None,
) -> Callable[[Start], list[str]]:
    """Return what starts a gateway as a user does; its log goes where its standard error goes, into a file."""

    def command(start: Start) -> list[str]:
        path = start.folder / "recorded.yaml"
        if callable(cassette):
            path = cassette(start.ground)
        elif cassette:
            path = start.ground.cassette(cassette)
        chosen: dict[str, object] = {
            "upstream": "bench",
            "upstreams": {"bench": {"origin": f"http://{start.ground.upstream}"}},
        }
        if tls:
            files = start.ground.certificate()
            chosen["listen"] = {"tls": {"cert_file": f"{files}/cert.pem", "key_file": f"{files}/key.pem"}}
        config = start.folder / "config.yaml"
        config.write_text(json.dumps({**chosen, **(settings or {})}), "utf-8")  # JSON is YAML
        program = [sys.executable, "-m", "tests.bench.peers.small_memories"] if small else _gateway()
        run = ["run", "--config", str(config), "--mode", mode, "--cassette", str(path), "--port", str(start.port)]
        return [*program, *run]

    return command


def asked_before(requests: Callable[[], Sequence[Request]]) -> Callable[[Process], None]:
    """Return what asks for everything once, so that a tool which records what it does not know knows it."""

    def prepare(process: Process) -> None:
        try:
            for asked in requests():
                answered(process.url, asked)
        except OSError as error:
            raise BrokenError(str(error)) from error

    return prepare

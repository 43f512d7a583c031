"""An origin to record from, environments for the tools, and a gateway that replays, each as a fixture."""

from __future__ import annotations

import gzip
import http.client
import os
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENTS = ROOT / ".venv-interop"
SCRIPTS = Path(__file__).parent / "scripts"
GATEWAY = Path(sys.executable).with_name("gateway")

BODIES = {
    "/json?n=1": b'{"logouts": {"Dish": {"actionName": "complete"}}, "caf\xc3\xa9": "\xf0\x9f\x98\x80"}',
    "/gzip?n=2": b'{"compressed": true, "text": "' + b"abc " * 200 + b'"}',
    "/binary": b"\x89PNG\r\n\x1a\n\x00\xff\xfe",
    "/empty": b"",
}
"""What the origin answers, decoded, by target."""


class Origin(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = BODIES.get(self.path)
        status = 200 if body is not None else 404
        body = body or b""
        self.send_response(status)
        if self.path.startswith("/gzip"):
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", "image/png" if self.path == "/binary" else "application/json")
        self.send_header("X-Repeated", "one")
        self.send_header("X-Repeated", "two")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    """A server with text, gzip, bytes and nothing."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def clients() -> Path:
    """The Python of an environment with vcrpy, its clients and pytest-recording."""
    return environment("clients", ("vcrpy>=9,<10", "requests", "httpx", "aiohttp", "pytest", "pytest-recording"))


@pytest.fixture(scope="session")
def cassetter() -> Path:
    """The Python of an environment with cassetter."""
    return environment("cassetter", ("cassetter", "httpx", "pytest"))


@pytest.fixture(scope="session")
def mitmproxy() -> Path:
    """The folder of programs of an environment with mitmproxy and this project: the extra, as users install it.

    On Python 3.11 there is none: mitmproxy 11, the last for it, pins an older brotli than ours. There both are put together without
    asking for it; no body of these tests is br.
    """
    if sys.version_info >= (3, 12):
        return environment("mitmproxy", ("--editable", f"{ROOT}[mitmproxy]")).parent
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    needed = [requirement for requirement in declared if not requirement.startswith("brotli")]
    return environment("mitmproxy", ("mitmproxy>=11,<12", *needed), ("--no-deps", "--editable", str(ROOT))).parent


@pytest.fixture(scope="session")
def wiremock() -> Path:
    """WireMock's jar, which npm brings."""
    for program in ("java", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program}")
    folder = _folder() / "wiremock"
    folder.mkdir(exist_ok=True)
    if not list(folder.glob("node_modules/wiremock/**/*.jar")):
        _install(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), "wiremock@^3"], "npm's wiremock"
        )
    return next(folder.glob("node_modules/wiremock/**/*.jar"))


def axe_core() -> str:
    """The script of axe-core, which npm brings."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm")
    folder = _folder() / "axe-core"
    folder.mkdir(exist_ok=True)
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        _install(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), "axe-core@^4.10"], "npm's axe-core"
        )
    return script.read_text("utf-8")


def environment(name: str, *steps: Sequence[str]) -> Path:
    """Make a virtual environment, once for each set of packages, which may take several steps; return its Python."""
    folder = _folder() / name
    python = folder / "bin" / "python"
    done = folder / "installed"
    wanted = repr(steps)
    if not done.exists() or done.read_text() != wanted:
        _install([sys.executable, "-m", "venv", "--clear", str(folder)], f"a virtual environment for {name}")
        for step in steps:
            _install([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *step], name)
        done.write_text(wanted)
    return python


def _folder() -> Path:
    ENVIRONMENTS.mkdir(exist_ok=True)
    (ENVIRONMENTS / ".gitignore").write_text("*\n")
    return ENVIRONMENTS


def _install(command: list[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{what} cannot be installed here: {(done.stderr.strip().splitlines() or ['?'])[-1]}")


def run(*command: object, folder: Path | None = None, status: int | None = 0, **more: str) -> str:
    """Run a program; return what it said."""
    environ = {**os.environ, **more}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = done.stdout + done.stderr
    assert status is None or done.returncode == status, said
    return said


@contextmanager
def replaying(cassette: Path) -> Iterator[str]:
    """Run `gateway run --mode replay`; yield its address."""
    command = [str(GATEWAY), "run", "--mode", "replay", "--cassette", str(cassette), "--port", "0"]
    with subprocess.Popen(
        command, cwd=cassette.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as gateway:
        assert gateway.stdout is not None
        first = gateway.stdout.readline()
        try:
            assert "listening on" in first, first + (gateway.stderr.read() if gateway.stderr else "")
            yield first.split("listening on ")[1].split()[0]
        finally:
            gateway.terminate()
            gateway.communicate(timeout=20)


def ask(url: str, target: str, proxy: str = "") -> tuple[int, dict[str, str], bytes]:
    """Send a plain GET; return status, fields and body as they are on the wire."""
    where = urlsplit(proxy or url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    try:
        connection.request("GET", url + target if proxy else target, headers={"Accept-Encoding": "identity"})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def expect_bodies(url: str) -> None:
    """Ask for everything that the origin has, and insist on the same bytes, plain and of their true length."""
    for target, body in BODIES.items():
        status, fields, received = ask(url, target)
        assert (status, received) == (200, body), target
        assert "content-encoding" not in fields
        assert fields.get("content-length", str(len(body))) == str(len(body))

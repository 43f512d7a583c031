"""What docs/deploy offers works, as far as a machine without Docker and systemd can tell: the unit is verified, the image's steps are run."""

from __future__ import annotations

import ctypes
import ipaddress
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from gateway.config import load
from tests.harness.processes import ROOT, SOON, port_in

DEPLOY = ROOT / "docs" / "deploy"
USER = 65532
ASKED = b"GET /api/v2/REF30/logout/Dish HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
"""prctl(2): what MemoryDenyWriteExecute=yes asks of the kernel, where that has it (6.3)."""


def instructions(name: str) -> list[str]:
    """Return what follows each instruction of this name in the Dockerfile, its continued lines joined."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", text, re.MULTILINE)


def test_the_image_runs_without_root_and_writes_into_its_volume_alone() -> None:
    assert instructions("USER") == [f"{USER}:{USER}"]
    assert instructions("VOLUME") == ["/data"] == instructions("WORKDIR")[-1:]
    assert instructions("ENTRYPOINT") == ['["gateway"]']
    assert "/.well-known/pass-gateway/health" in instructions("HEALTHCHECK")[0]


def test_compose_builds_that_image_and_takes_away_what_it_does_not_need() -> None:
    (service,) = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].values()
    build = service["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["user"] == f"{USER}:{USER}"
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    copied = [word for line in instructions("COPY")[:2] for word in line.split()[:-1]]
    assert {f"!{word}" for word in copied} <= set(ignored)


def test_the_fleet_has_three_gateways_that_are_as_hardened_and_a_redis_that_nobody_else_reaches(tmp_path: Path) -> None:
    services = yaml.safe_load((DEPLOY / "fleet" / "compose.yaml").read_text())["services"]
    (alone,) = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].values()
    gateways = [service for name, service in services.items() if name.startswith("gateway-")]
    assert len(gateways) == 3
    assert len({service["environment"]["GATEWAY_FLEET__GATEWAY"] for service in gateways}) == 3
    same = ("read_only", "user", "cap_drop", "security_opt", "init", "stop_grace_period")
    assert all(service[key] == alone[key] for service in gateways for key in same)
    assert [name for name, service in services.items() if "ports" in service] == ["haproxy"]
    text = (DEPLOY / "fleet" / "config.yaml").read_text()
    (tmp_path / "config.yaml").write_text(text.replace("  fleet: lab", f"  fleet: lab\n  key_file: {__file__}"))
    config = load(tmp_path / "config.yaml", {}, {})
    (network,) = yaml.safe_load((DEPLOY / "fleet" / "compose.yaml").read_text())["networks"]["fleet"]["ipam"]["config"]
    proxy = services["haproxy"]["networks"]["fleet"]["ipv4_address"]
    assert config.forwarded_for.trusted_proxies == (proxy,)
    assert ipaddress.ip_address(proxy) in ipaddress.ip_network(network["subnet"])


@pytest.mark.long
@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is not installed")
def test_the_fleets_haproxy_understands_its_file() -> None:
    file = DEPLOY / "fleet" / "haproxy.cfg"
    checked = subprocess.run(["haproxy", "-c", "-q", "-f", file], capture_output=True, text=True, check=False)  # noqa: S603, S607
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.long
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_is_one_and_exposes_little(tmp_path: Path) -> None:
    unit = tmp_path / "pass-gateway.service"
    unit.write_text((DEPLOY / "pass-gateway.service").read_text().replace("/opt/pass-gateway/bin/gateway", "/bin/true"))
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)  # noqa: S603, S607
    assert (verified.returncode, verified.stderr) == (0, "")
    security = ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)]
    exposed = subprocess.run(security, capture_output=True, text=True, check=False)  # noqa: S603
    assert exposed.returncode == 0, exposed.stdout[-200:]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user can reach; nobody but root can write into it."""
    folder = Path(tempfile.mkdtemp(prefix="pass-gateway-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def reachable_python() -> str | None:
    """Return a Python that another user can run and that has what `venv` needs; None where there is none."""
    for found in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        if not Path(found).exists():
            continue
        probe = [str(Path(found).resolve()), "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"]
        try:
            if not subprocess.run(probe, user=USER, group=USER, extra_groups=[], env={}, check=False).returncode:  # noqa: S603
                return found
        except OSError:
            continue
    return None


@pytest.mark.long
@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes another user")
def test_the_images_steps_make_a_gateway_for_another_user_without_a_home(place: Path) -> None:
    """It is built as root; what runs it can write into /data alone, and gets no memory that is both written and run."""
    python = reachable_python()
    if python is None:
        pytest.skip("no Python that another user can run")
    source, opt, data = place / "source", place / "opt", place / "data"
    source.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "gateway", source / "gateway", ignore=shutil.ignore_patterns("__pycache__"))
    make, install, *_ = (line.replace("/opt/pass-gateway", str(opt)) for line in instructions("RUN"))
    for step in (make.replace("python", python, 1), install):
        built = subprocess.run(step, shell=True, cwd=source, capture_output=True, text=True, check=False)  # noqa: S602
        assert built.returncode == 0, built.stderr[-2000:]
    data.mkdir()
    os.chown(data, USER, USER)
    environ = dict(re.findall(r"([A-Z_]+)=(\S+)", instructions("ENV")[0]))
    environ["PATH"] = environ["PATH"].replace("/opt/pass-gateway", str(opt))
    about = {"user": USER, "group": USER, "extra_groups": [], "cwd": data, "env": environ}
    gateway = str(opt / "bin" / "gateway")
    subprocess.run([gateway, "init"], check=True, capture_output=True, **about)  # type: ignore[call-overload]  # noqa: S603
    libc = ctypes.CDLL(None)

    def hardened() -> None:
        libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)

    process = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603
        [gateway, "run", "--port", "0", "--host", "127.0.0.1"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=hardened, **about,  # noqa: PLW1509  # no thread of ours holds anything
    )  # fmt: skip
    try:
        port = port_in(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=SOON) as asking:
            asking.sendall(ASKED)
            assert asking.recv(12) == b"HTTP/1.1 401"
        with socket.create_connection(("127.0.0.1", port), timeout=SOON) as asking:  # as the image's health check does
            asking.sendall(ASKED.replace(b"/api/v2/REF30/logout/Dish", b"/.well-known/pass-gateway/health"))
            assert asking.recv(12) == b"HTTP/1.1 200"
        for _ in range(100):
            if (data / "cassettes" / "logout.yaml").exists():
                break
            time.sleep(0.01)
    finally:
        process.terminate()
        _, log = process.communicate(timeout=SOON)
    assert process.returncode == 0, log
    made = {path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()}
    assert {"config.yaml", ".gitignore", ".gateway-key", "cassettes/logout.yaml"} <= made
    assert (data / ".gateway-key").stat().st_mode & 0o777 == 0o600

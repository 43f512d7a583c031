"""mitmproxy reads our flows and our HAR, and we read its."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path

from gateway.cassettes.reader import load
from tests.harness.ports import free_port
from tests.interop.conftest import BODIES, GATEWAY, SCRIPTS, ask, expect_bodies, replaying, run
from tests.interop.test_vcrpy import UPSTREAM, ours


def test_mitmproxy_reads_our_flows(mitmproxy: Path, tmp_path: Path) -> None:
    cassette, flows = ours(tmp_path / "ours.yaml"), tmp_path / "ours.flows"
    run(
        mitmproxy / "gateway",
        "cassette",
        "export",
        cassette,
        "--format",
        "mitmproxy",
        "--output",
        flows,
        folder=tmp_path,
    )
    assert read(mitmproxy, flows) == [[UPSTREAM + target, 200, body.hex()] for target, body in BODIES.items()]
    said = run(mitmproxy / "mitmdump", "--no-server", "--rfile", flows, folder=tmp_path)
    assert said.count("200 OK") == len(BODIES)


def test_mitmproxy_reads_our_har(mitmproxy: Path, tmp_path: Path) -> None:
    cassette, har = ours(tmp_path / "ours.yaml"), tmp_path / "ours.har"
    run(GATEWAY, "cassette", "export", cassette, "--format", "har", "--output", har, folder=tmp_path)
    assert read(mitmproxy, har) == [[UPSTREAM + target, 200, body.hex()] for target, body in BODIES.items()]


def test_we_read_what_mitmproxy_recorded(mitmproxy: Path, origin: str, tmp_path: Path) -> None:
    """Through the running proxy, gzip and bytes included; imported, the gateway replays it."""
    flows, cassette = tmp_path / "theirs.flows", tmp_path / "theirs.yaml"
    port = free_port()
    command = [
        mitmproxy / "mitmdump",
        "--listen-host",
        "127.0.0.1",
        "--listen-port",
        str(port),
        "--save-stream-file",
        flows,
    ]
    with subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as proxy:
        try:
            wait_for(port)
            for target, body in BODIES.items():
                status, _, received = ask(origin, target, proxy=f"http://127.0.0.1:{port}")
                assert status == 200
                assert received == body or target.startswith("/gzip")
        finally:
            proxy.send_signal(signal.SIGINT)
            proxy.wait(20)
    said = run(mitmproxy / "gateway", "cassette", "import", flows, "--output", cassette, folder=tmp_path)
    assert "4 interactions, read as mitmproxy" in said
    assert load(cassette).appendable
    with replaying(cassette) as url:
        expect_bodies(url)


def test_a_damaged_file_of_flows_is_one_message(mitmproxy: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.flows"
    damaged.write_bytes(b"999999:7:version;2:21#")
    said = run(mitmproxy / "gateway", "cassette", "import", damaged, folder=tmp_path, status=2)
    assert said.count("\n") == 1
    assert "expected flows of mitmproxy" in said


def read(mitmproxy: Path, flows: Path) -> list[list[object]]:
    """Return URL, status and body of each flow, as mitmproxy's reader has them."""
    found = json.loads(run(mitmproxy / "python", SCRIPTS / "read_flows.py", flows))
    assert isinstance(found, list)
    return found


def wait_for(port: int, seconds: float = 30) -> None:
    """Wait until somebody listens there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError

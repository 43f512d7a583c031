"""Eight devices behind one resolver and one gateway, in network namespaces: real clients, by DNS, redirect and base URL."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.shelf import API, DEVICES, STAGING

UNSHARE = [
    "unshare",
    "--user",
    "--map-root-user",
    "--net",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
]
PROGRAMS = ("ip", "nft", "curl", "openssl", "node", "java")


def hindrance() -> str:
    """Return why there can be no lab on this machine; empty where there can."""
    if missing := [program for program in ("unshare", *PROGRAMS) if shutil.which(program) is None]:
        return f"this machine has no {', '.join(missing)}"
    tried = "mount -t tmpfs none /run/netns && ip netns add a && ip link add br0 type bridge"
    done = subprocess.run([*UNSHARE, "sh", "-c", tried], capture_output=True, text=True, check=False)
    return f"this machine allows no namespaces: {done.stderr.strip()}" if done.returncode else ""


@pytest.mark.long
def test_eight_devices_are_answered_recorded_and_replayed_and_adobe_sees_each_ones_address(tmp_path: Path) -> None:
    if why := hindrance():
        pytest.skip(why)
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [*UNSHARE, sys.executable, "-m", "tests.lab.shelf", str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=240, env={**os.environ, "PYTHONPATH": str(root)}, cwd=root,
    )  # fmt: skip
    sys.stderr.write(done.stderr)
    told = json.loads(done.stdout)
    for at, name in enumerate(DEVICES):
        answered = told["record"][name]
        assert (answered["host"], answered["sent"]) == (API, f"8.8.4.{11 + at}"), name
    assert told["staging"]["host"] == STAGING
    captured = [json.loads(line) for line in (tmp_path / "adobe.jsonl").read_text().splitlines()]
    assert [one["sent"] for one in captured] == [*(f"8.8.4.{11 + at}" for at in range(8)), "8.8.4.11"]
    for name in DEVICES:
        assert told["replay"][name]["host"] == API, name
    said = [event for event in told["log"] if event["event"] == "exchange"]
    assert [event["device"] for event in said] == [*DEVICES, "curl", *DEVICES]
    assert {event["source"] for event in said[-8:]} == {"cassette"}

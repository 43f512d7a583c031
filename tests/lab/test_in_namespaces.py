"""Eight devices behind one resolver and one gateway, in network namespaces: real clients, by DNS, redirect and base URL."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.by_proxy import go_client
from tests.lab.shelf import API, DEVICES, ELSEWHERE, INSIDE, STAGING

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
    root, client = Path(__file__).parent.parent.parent, go_client()
    done = subprocess.run(
        [*UNSHARE, sys.executable, "-m", "tests.lab.shelf", str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=240, env={**os.environ, "PYTHONPATH": str(root), "GO_CLIENT": str(client or "")}, cwd=root,
    )  # fmt: skip
    sys.stderr.write(done.stderr)
    told = json.loads(done.stdout)
    for at, name in enumerate(DEVICES):
        answered = told["record"][name]
        assert (answered["host"], answered["sent"]) == (API, f"8.8.4.{11 + at}"), name
    assert told["staging"]["host"] == STAGING
    by_proxy = list(told["proxied"])
    for at, name in enumerate(by_proxy):
        answered = told["proxied"][name]
        assert (answered["host"], answered["sent"]) == (API, f"8.8.4.{11 + at}"), f"{name} by proxy"
    assert {"curl", "openssl", "python", "node", "java", "http10"} <= set(by_proxy)
    assert told["tunnelled"][ELSEWHERE]["sent"] is None
    assert (told["tunnelled"][INSIDE], told["tunnelled"]["other.example"]) == ("403", "403")
    lines = [json.loads(line) for line in (tmp_path / "adobe.jsonl").read_text().splitlines()]
    captured = [one for one in lines if "/logout/" in one["path"]]  # a browser asks for an icon, too
    own = [f"8.8.4.{11 + at}" for at in range(8)]
    assert [one["sent"] for one in captured] == [*own, "8.8.4.11", *own[: len(by_proxy)], None]
    for round_ in ("replay", "proxied replay"):
        for name, answered in told[round_].items():
            assert answered["host"] == API, f"{name}: {round_}"
    said = [event for event in told["log"] if event["event"] == "exchange" and "/logout/" in event["path"]]
    proxied = DEVICES[: len(by_proxy)]
    assert [event["device"] for event in said] == [*DEVICES, "curl", *proxied, *DEVICES, *proxied]
    assert {event["source"] for event in said[-len(by_proxy) - 8 :]} == {"cassette"}
    (line,) = [event for event in told["log"] if event["event"] == "tunnel"]
    assert (line["peer"], line["to"]) == ("192.168.77.11", f"{ELSEWHERE}:443")
    refused = [event["code"] for event in told["log"] if event["event"] == "refused"]
    assert refused == ["proxy_inside", "proxy_not_listed"]

"""Eight devices behind one resolver and one gateway, in network namespaces: real clients, by DNS, redirect, explicit proxy and base URL."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.bench.peers.tools import MissingError, built_by_go
from tests.lab.shelf import API, DEVICES, ELSEWHERE, GO, INSIDE, LAN, LAN6, OWN, STAGING

pytestmark = pytest.mark.long
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
PROGRAMS = ("ip", "nft", "iptables", "ip6tables", "curl", "openssl")
"""Programs without which there is no lab."""
ROOT = Path(__file__).parent.parent.parent
WAYS = ("dns", "base URL", "proxy", "nftables", "iptables")


def hindrance() -> str:
    """Return why there can be no lab on this machine; empty where there can."""
    if missing := [program for program in ("unshare", *PROGRAMS) if shutil.which(program) is None]:
        return f"this machine has no {', '.join(missing)}"
    tried = "mount -t tmpfs none /run/netns && ip netns add a && ip link add br0 type bridge"
    done = subprocess.run([*UNSHARE, "sh", "-c", tried], capture_output=True, text=True, check=False)
    return f"this machine allows no namespaces: {done.stderr.strip()}" if done.returncode else ""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What happened in the lab; `missing` says which devices are not there, and why."""
    if why := hindrance():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("lab")
    missing = {name: f"this machine has no {name}" for name in ("chromium", "node", "java") if not shutil.which(name)}
    try:
        shutil.copy(built_by_go(GO, "go-client"), folder / "go-client")
    except MissingError as error:
        missing["go"] = str(error)
    there = [name for name in DEVICES if name not in missing]
    done = subprocess.run(
        [*UNSHARE, sys.executable, "-m", "tests.lab.shelf", str(folder), *there],
        capture_output=True, text=True, check=False, timeout=400, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT,
    )  # fmt: skip
    sys.stderr.write(done.stderr)
    told: dict[str, Any] = json.loads(done.stdout)
    captured = [json.loads(line) for line in (folder / "adobe.jsonl").read_text().splitlines()]
    return {**told, "captured": captured, "missing": missing, "there": there, "folder": folder}


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest, lab: dict[str, Any]) -> str:
    name: str = request.param
    if why := lab["missing"].get(name):
        pytest.skip(why)
    return name


def test_each_device_is_answered_each_way_and_adobe_sees_its_address(lab: dict[str, Any], device: str) -> None:
    own = f"8.8.4.{11 + DEVICES.index(device)}"
    for way in WAYS:
        answered = lab[way][device]
        assert (answered["host"], answered["sent"]) == (API, own), way
    assert (lab["staging"][device]["host"], lab["staging"][device]["sent"]) == (STAGING, own)
    cassette = (lab["folder"] / "cassettes" / f"{device if device in OWN else 'logout'}.yaml").read_text()
    assert own not in cassette
    first, second = lab["replay"][device], lab["proxied replay"][device]
    assert first["host"] == API
    assert second["host"] == STAGING if device in OWN else second["host"] in {API, STAGING}, "what was recorded next"
    assert all(one["sent"] in cassette for one in (first, second)), "a pseudonym of its address"


def test_adobe_is_asked_once_for_each_call_and_never_in_a_replay(lab: dict[str, Any]) -> None:
    there = lab["there"]
    by_curl = 2 * 2  # each family, by each form of the lines
    expected = Counter({f"8.8.4.{11 + DEVICES.index(name)}": len(WAYS) + 1 for name in there})
    expected["8.8.4.11"] += by_curl
    sent = [one["sent"] for one in lab["captured"] if "/logout/" in one["path"] and one["host"] != ELSEWHERE]
    assert Counter(sent) == expected
    said = [event for event in lab["log"] if event["event"] == "exchange" and "/logout/" in event["path"]]
    assert {event["source"] for event in said[-2 * len(there) :]} == {"cassette"}
    assert {event["device"] for event in said} == set(there)


def test_a_redirect_leads_both_families(lab: dict[str, Any]) -> None:
    for way in ("nftables", "iptables"):
        assert [lab[way][f"curl {family}"]["sent"] for family in ("-4", "-6")] == ["8.8.4.11"] * 2
    addresses = {event["address"] for event in lab["log"] if event["event"] == "exchange" and event["device"] == "curl"}
    assert addresses == {f"{LAN}.11", f"{LAN6}:11"}


def test_the_proxy_leads_to_a_listed_host_and_neither_inside_nor_anywhere_else(lab: dict[str, Any]) -> None:
    tunnelled = lab["tunnelled"]
    assert tunnelled[ELSEWHERE]["sent"] is None, "nothing is added to what is tunnelled"
    assert (tunnelled[INSIDE], tunnelled["other.example"]) == ("403", "403")
    (line,) = [event for event in lab["log"] if event["event"] == "tunnel"]
    assert (line["peer"], line["to"]) == (f"{LAN}.11", f"{ELSEWHERE}:443")
    refused = [event["code"] for event in lab["log"] if event["event"] == "refused"]
    assert refused == ["proxy_inside", "proxy_not_listed"]


def test_the_page_shows_eight_named_devices(lab: dict[str, Any]) -> None:
    shown = {one["name"]: (one["named"], one["mode"], one["cassette"]) for one in lab["devices"]}
    assert shown == {name: (True, "record", name if name in OWN else "logout") for name in lab["there"]}
    assert all(f">{name}</a>" in lab["page"] for name in lab["there"])
    assert "name it" not in lab["page"]

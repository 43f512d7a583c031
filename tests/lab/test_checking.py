"""The pages and the check from a device in a network namespace, at the ports that they have by default: 80, 443 and 53."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.lab.pages import NOT_FOR_APPS
from tests.lab.test_in_namespaces import UNSHARE, hindrance


@pytest.mark.long
def test_a_device_checks_the_lab_by_its_name_and_is_told_what_is_wrong(tmp_path: Path) -> None:
    if why := hindrance():
        pytest.skip(why)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [*UNSHARE, sys.executable, "-m", "tests.lab.checking", str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=240, env={**os.environ, "PYTHONPATH": str(root)}, cwd=root,
    )  # fmt: skip
    sys.stderr.write(done.stderr)
    told = json.loads(done.stdout)
    names = "api.auth.adobe.com, gateway.lab"
    right = {
        "reached": "yes: http://gateway.lab",
        "address": "yes: 192.168.0.7, which is living-room",
        "forwarded": "yes: 203.0.113.7: the public_address of this device",
        "name": f"yes: {names}",
        "tls": f"yes: {names}",
        "clock": "yes: 0 s from the gateway's clock",
        "adobe": "open: upstream emulator is the built-in emulator: it needs no connection",
    }
    assert told["right"] == right
    assert told["distrusting"]["tls"].startswith("no: api.auth.adobe.com: unable to get local issuer certificate;")
    assert told["lost"]["name"] == "no: api.auth.adobe.com: it has no address; gateway.lab: it has no address"
    assert told["lost"]["tls"] == right["tls"], "whether it is trusted does not depend on the name's address"
    assert "<h1>Roku</h1>" in told["page"]
    assert "or http://gateway.lab/ where" in told["page"]
    assert told["api"] == NOT_FOR_APPS
    refused = [line for line in map(json.loads, told["log"].splitlines()) if line["event"] == "TLS handshake failed"]
    assert {line["device"] for line in refused} == {"living-room"}
    assert refused[0]["hint"].startswith(
        "if the device does not trust the lab's certificate yet: Roku: Download http://192.168.0.2/ca.pem"
    )

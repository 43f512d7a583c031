"""A device in a network namespace of its own checks the lab: run inside a user, mount and network namespace, it prints what each check said.

python -m tests.lab.checking FOLDER

             device 192.168.0.7        gateway 192.168.0.2: pages at 80, DNS at 53, TLS at 443
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.harness.processes import GATEWAY
from tests.lab.shelf import connect, inside, listening, sh

GATEWAY_AT, DEVICE_AT = "192.168.0.2", "192.168.0.7"
CONFIG = f"""
listen: {{host: 0.0.0.0, port: 443, tls: lab}}
control: {{enabled: false}}
lab:
  address: {GATEWAY_AT}
  names: gateway.lab
  dns: {{listen: {GATEWAY_AT}, forward_to: 192.0.2.1}}
  pages: {{listen: {GATEWAY_AT}}}
devices: {{living-room: {{match: {{address: {DEVICE_AT}}}, public_address: 203.0.113.7}}}}
"""


def check(*options: str) -> dict[str, str]:
    """Return the verdicts of `gateway lab check` on the device."""
    said = json.loads(sh(*inside("tv", *GATEWAY, "lab", "check", "--format", "json", *options)))
    return {row["id"]: f"{row['verdict']}: {row['found']}" for row in said["rows"]}


def main() -> None:
    """Check with the lab's resolver and without, with the lab's certificate and without."""
    os.chdir(sys.argv[1])
    sh("mount", "-t", "tmpfs", "none", "/run/netns")
    sh("ip", "link", "add", "lan", "type", "bridge")
    sh("ip", "link", "set", "lan", "up")
    connect("gw", "lan", f"{GATEWAY_AT}/24")
    connect("tv", "lan", f"{DEVICE_AT}/24")
    Path("config.yaml").write_text(CONFIG)
    sh(*GATEWAY, "lab", "init")
    resolv = Path("resolv.conf")
    resolv.write_text(f"nameserver {GATEWAY_AT}\n")
    sh("mount", "--bind", str(resolv), "/etc/resolv.conf")
    gateway = listening()
    url = f"http://{GATEWAY_AT}"
    try:
        sh(*inside("tv", "curl", "-sS", "-o", "ca.pem", f"{url}/ca.pem"))
        trusting = ("--ca", "ca.pem")
        told = {
            "page": sh(*inside("tv", "curl", "-sS", "-A", "Roku/DVP-12.5", "http://gateway.lab/")),
            "api": sh(*inside("tv", "curl", "-sS", "http://api.auth.adobe.com/api/v2/REF30/profiles")),
            "right": check("--url", "http://gateway.lab", *trusting),
            "distrusting": check("--url", url),
        }
        resolv.write_text("nameserver 192.0.2.53\n")
        told["lost"] = check("--url", url, *trusting)
    finally:
        gateway.terminate()
        gateway.wait(20)
    told["log"] = Path("gateway.log").read_text()
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()

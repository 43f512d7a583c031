"""A lab of devices in network namespaces: run inside a user, mount and network namespace of its own, it prints what each device got.

python -m tests.lab.shelf FOLDER

             devices 192.168.77.11 to .18        gateway 192.168.77.2 | 198.51.100.2        Adobe 198.51.100.10, DNS at .53
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gateway.lab.authority import key_pem, make, new_key
from tests.harness.processes import GATEWAY
from tests.lab import by_proxy

API, STAGING = "api.auth.adobe.com", "api.auth-staging.adobe.com"
LAN, WAN = "192.168.77", "198.51.100"
ELSEWHERE, INSIDE = "cdn.example", "inside.example"
"""Hosts to which the proxy may lead; the address of the second one is the gateway's own."""
PUBLIC = "93.184.216.34"
"""An address of the internet, where the first one is."""
LOGOUT = "/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fexample.com"
DEVICES = ("curl", "openssl", "python", "node", "java", "http10", "base-url", "redirected")
"""The clients, and the names of the devices on which they run: the first has 192.168.77.11, and 8.8.4.11 for Adobe."""

CONFIG = f"""
mode: record
upstream: production
route_by_host: true
listen: {{host: 0.0.0.0, port: 443, tls: lab}}
listeners: {{plain: {{host: 0.0.0.0, port: 80}}}}
control: {{enabled: false}}
cassettes: {{record: v2}}
redaction: {{key_file: key}}
upstreams:
  production: {{ca_file: adobe/ca.pem}}
  staging: {{ca_file: adobe/ca.pem}}
lab:
  address: {LAN}.2
  names: gateway.lab
  dns: {{listen: {LAN}.2, forward_to: {WAN}.53}}
  proxy: {{listen: {LAN}.2, tunnel: ["{ELSEWHERE}:443", "{INSIDE}:443"]}}
"""

JAVA = """
import java.net.URI; import java.net.http.*;
public class Client { public static void main(String[] a) throws Exception {
  var answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(a[0])).build(), HttpResponse.BodyHandlers.ofString());
  System.out.println(answer.body()); } }
"""
NODE = "fetch(process.argv[1]).then(r => r.text()).then(console.log)"
PYTHON = "import ssl, sys, urllib.request as u; print(u.urlopen(sys.argv[1], context=ssl.create_default_context(cafile=sys.argv[2])).read().decode())"


def sh(*command: str, **about: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **about)  # type: ignore[call-overload]
    if done.returncode:
        sys.stderr.write(f"{' '.join(command)}: {done.returncode} {done.stdout[-300:]} {done.stderr[-600:]}\n")
    return str(done.stdout)


def inside(name: str, *command: str) -> list[str]:
    return ["ip", "netns", "exec", name, *command]


def networks() -> None:
    """Make the lab's network and the one outside it, the gateway in both."""
    sh("mount", "-t", "tmpfs", "none", "/run/netns")
    for bridge in ("lan", "wan"):
        sh("ip", "link", "add", bridge, "type", "bridge")
        sh("ip", "link", "set", bridge, "up")
    connect("gw", "lan", f"{LAN}.2")
    connect("gw", "wan", f"{WAN}.2")
    connect("adobe", "wan", f"{WAN}.10", f"{WAN}.11", f"{WAN}.53", PUBLIC)
    sh(*inside("gw", "ip", "route", "add", PUBLIC, "dev", "wan"))
    for number, _ in enumerate(DEVICES):
        connect(f"d{number}", "lan", f"{LAN}.{11 + number}")
        sh(*inside(f"d{number}", "ip", "route", "add", "default", "via", f"{LAN}.2"))
    sh(*inside("gw", "sysctl", "-w", "net.ipv4.ip_forward=1"))
    resolv = Path("resolv.conf")
    resolv.write_text(f"nameserver {LAN}.2\n")
    sh("mount", "--bind", str(resolv), "/etc/resolv.conf")  # the gateway's own machine asks its own resolver, too


def connect(name: str, bridge: str, *addresses: str) -> None:
    if f"/{name}\n" not in "".join(f"/{line.split()[0]}\n" for line in sh("ip", "netns", "list").splitlines()):
        sh("ip", "netns", "add", name)
        sh(*inside(name, "ip", "link", "set", "lo", "up"))
    sh("ip", "link", "add", f"{name}-{bridge}", "type", "veth", "peer", "name", bridge, "netns", name)
    sh("ip", "link", "set", f"{name}-{bridge}", "master", bridge, "up")
    for address in addresses:
        sh(*inside(name, "ip", "address", "add", f"{address}/24", "dev", bridge))
    sh(*inside(name, "ip", "link", "set", bridge, "up"))


def adobe() -> subprocess.Popen[bytes]:
    """Start Adobe's side, under an authority of its own."""
    authority, key = make(Path("adobe"), ["adobe.com"], "ec", datetime.now(UTC)), new_key("ec")
    Path("adobe/server.pem").write_bytes(key_pem(key) + authority.issue([API, STAGING], key, datetime.now(UTC)))
    command = [
        sys.executable,
        "-m",
        "tests.lab.adobe",
        f"{WAN}.53",
        "adobe/server.pem",
        f"{API}={WAN}.10",
        f"{STAGING}={WAN}.11",
        f"{ELSEWHERE}={PUBLIC}",
        f"{INSIDE}={LAN}.2",
    ]
    return subprocess.Popen(inside("adobe", *command), stdout=Path("adobe.jsonl").open("wb"))


def listening(*arguments: str) -> subprocess.Popen[bytes]:
    """Start a gateway; return when it listens."""
    out, log = Path("gateway.out"), Path("gateway.log")
    with out.open("wb") as lines, log.open("ab") as events:
        gateway = subprocess.Popen(inside("gw", *GATEWAY, "run", *arguments), stdout=lines, stderr=events)
    while b"listening" not in out.read_bytes() and gateway.poll() is None:
        time.sleep(0.05)
    return gateway


def clients(host: str) -> Mapping[str, list[str]]:
    """Return how each device asks, the first six by DNS."""
    url = f"https://{host}{LOGOUT}"
    head = f"GET {LOGOUT} HTTP/1.0\r\nHost: {host}\r\n\r\n"
    dialled = f"printf '%s' \"$0\" | timeout 10 openssl s_client -quiet -verify_return_error -CAfile ca.pem -servername {host} -connect {host}:443 2>/dev/null"
    plain = f"import socket, sys; s = socket.create_connection(('{host}', 80)); s.sendall(sys.argv[1].encode()); print(s.makefile().read())"
    trust = ["-Djavax.net.ssl.trustStore=ca.p12", "-Djavax.net.ssl.trustStorePassword=changeit"]
    return {
        "curl": ["curl", "-sS", "--cacert", "ca.pem", url],
        "openssl": ["sh", "-c", dialled, head.replace("1.0\r\n", "1.1\r\nConnection: close\r\n")],
        "python": [sys.executable, "-c", PYTHON, url, "ca.pem"],
        "node": ["env", "NODE_EXTRA_CA_CERTS=ca.pem", "node", "-e", NODE, url],
        "java": ["java", *trust, "Client.java", url],
        "http10": [sys.executable, "-c", plain, head],
        "base-url": ["curl", "-sS", "--cacert", "ca.pem", f"https://gateway.lab{LOGOUT}"],
        "redirected": [
            "curl",
            "-sS",
            "--cacert",
            "ca.pem",
            "--resolve",
            f"{host}:443:{WAN}.{10 if host == API else 11}",
            url,
        ],
    }


def answers(host: str) -> dict[str, object]:
    asking = clients(host)
    return {name: read(sh(*inside(f"d{number}", *asking[name]))) for number, name in enumerate(DEVICES)}


def answers_by_proxy() -> dict[str, object]:
    """Return what each client got by the proxy, while it reached nothing else of the gateway."""
    sh(*inside("gw", "nft", "-f", "-"), input=by_proxy.CLOSED)
    try:
        asking = by_proxy.clients(API, LOGOUT, f"{LAN}.2")
        return {name: read(sh(*inside(f"d{at}", *command))) for at, (name, command) in enumerate(asking.items())}
    finally:
        sh(*inside("gw", "nft", "delete", *by_proxy.OPENED.split()))


def tunnelled() -> dict[str, object]:
    """Return what a device gets by the proxy of other hosts: that of a listed one, and the refusals of two that are not to be reached."""
    asked = ["curl", "-sk", "-x", f"http://{LAN}.2:{by_proxy.PORT}"]
    refused = {
        host: sh(
            "sh",
            "-c",
            '"$@" -o /dev/null -w "%{http_connect}" || true',
            "sh",
            *inside("d0", *asked, f"https://{host}/"),
        )
        for host in (INSIDE, "other.example")
    }
    return {ELSEWHERE: read(sh(*inside("d0", *asked, f"https://{ELSEWHERE}{LOGOUT}"))), **refused}


def read(text: str) -> object:
    """Return the JSON of an answer, which may have a head."""
    start = text.find("{")
    return json.loads(text[start : text.rfind("}") + 1]) if start >= 0 else text


def main(folder: str) -> None:
    os.chdir(folder)
    Path("config.yaml").write_text(CONFIG)
    Path("Client.java").write_text(JAVA)
    Path("Proxied.java").write_text(by_proxy.JAVA)
    named = {
        name: {"match": {"address": f"{LAN}.{11 + at}"}, "public_address": f"8.8.4.{11 + at}"}
        for at, name in enumerate(DEVICES)
    }
    Path("devices.yaml").write_text(json.dumps({"devices": named}))
    networks()
    outside = adobe()
    sh(*GATEWAY, "lab", "init")
    for form in ("pem", "p12"):
        Path(f"ca.{form}").write_bytes(subprocess.check_output([*GATEWAY, "lab", "ca", "--format", form]))
    gateway = listening()
    lines = sh(*inside("gw", *GATEWAY, "lab", "redirect", "--devices", f"{LAN}.0/24"))
    sh(*inside("gw", "nft", "-f", "-"), input=lines)
    told: dict[str, object] = {
        "redirect": lines,
        "record": answers(API),
        "staging": read(sh(*inside("d0", *clients(STAGING)["curl"]))),
        "proxied": answers_by_proxy(),
        "tunnelled": tunnelled(),
    }
    gateway.terminate()
    gateway.wait(20)
    outside.terminate()
    outside.wait(20)
    gateway = listening("--mode", "replay")
    told["replay"] = answers(API)
    told["proxied replay"] = answers_by_proxy()
    gateway.terminate()
    gateway.wait(20)
    told["log"] = [json.loads(line) for line in Path("gateway.log").read_text().splitlines()]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])

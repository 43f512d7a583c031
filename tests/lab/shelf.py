"""A lab of devices in network namespaces: run inside a user, mount and network namespace of its own, it prints what each device got.

python -m tests.lab.shelf FOLDER DEVICE...

             devices 192.168.77.11 to .18        gateway 192.168.77.2 | 198.51.100.2        Adobe 198.51.100.10, DNS at .53
             and 2001:db8:77::11 to ::18               2001:db8:77::2 | 2001:db8:100::2           2001:db8:100::10
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from gateway.lab.authority import key_pem, make, new_key
from tests.harness.processes import GATEWAY
from tests.lab import by_proxy

API, STAGING = "api.auth.adobe.com", "api.auth-staging.adobe.com"
LAN, WAN = "192.168.77", "198.51.100"
LAN6, WAN6 = "2001:db8:77:", "2001:db8:100:"
ELSEWHERE, INSIDE = "cdn.example", "inside.example"
"""Hosts to which the proxy may lead; the address of the second one is the gateway's own."""
PUBLIC = "93.184.216.34"
"""An address of the internet, where the first one is."""
LOGOUT = "/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fexample.com"
DEVICES = ("curl", "chromium", "node", "go", "java", "openssl", "python", "http10")
"""The clients, and the names of the devices on which they run: the first has 192.168.77.11, and 8.8.4.11 for Adobe."""
OWN = ("curl", "node", "java", "http10")
"""Those that have a cassette of their own."""

CONFIG = f"""
mode: record
upstream: production
route_by_host: true
listen: {{host: "::", port: 443, tls: lab}}
listeners: {{plain: {{host: "::", port: 80}}}}
control: {{port: 8099}}
cassettes: {{record: v2}}
redaction: {{key_file: key}}
log: {{addresses: plain}}
upstreams:
  production: {{ca_file: adobe/ca.pem}}
  staging: {{ca_file: adobe/ca.pem}}
lab:
  address: [{LAN}.2, "{LAN6}:2"]
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
GO = Path(__file__).with_name("client.go")
CHROMIUM = (
    *("timeout", "40", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--user-data-dir=profile", "--dump-dom"),
)
TRUST = """
mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed || exit
printf '{"CACertificates": ["%s"]}' "$(openssl x509 -in ca.pem -outform der | base64 -w 0)" > /etc/chromium/policies/managed/lab.json
"""
"""A browser trusts the root by policy, in a mount namespace, so that the machine's own browser does not."""


def sh(*command: str, **about: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90, **about)  # type: ignore[call-overload]
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
    connect("gw", "lan", f"{LAN}.2/24", f"{LAN6}:2/64")
    connect("gw", "wan", f"{WAN}.2/24", f"{WAN6}:2/64")
    connect(
        "adobe",
        "wan",
        f"{WAN}.53/24",
        f"{PUBLIC}/32",
        *(f"{WAN}.{at}/24" for at in (10, 11)),
        *(f"{WAN6}:{at}/64" for at in (10, 11)),
    )
    sh(*inside("gw", "ip", "route", "add", PUBLIC, "dev", "wan"))
    for number in range(len(DEVICES)):
        connect(f"d{number}", "lan", f"{LAN}.{11 + number}/24", f"{LAN6}:{11 + number}/64")
        sh(*inside(f"d{number}", "ip", "route", "add", "default", "via", f"{LAN}.2"))
        sh(*inside(f"d{number}", "ip", "route", "add", "default", "via", f"{LAN6}:2"))
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
        sh(*inside(name, "ip", "address", "add", address, "dev", bridge, *(["nodad"] if ":" in address else [])))
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
        *(f"{host}={WAN}.{at},{WAN6}:{at}" for host, at in ((API, 10), (STAGING, 11))),
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


def client(device: str, host: str, *options: str) -> list[str]:
    """Return how a device asks a host."""
    url = f"https://{host}{LOGOUT}"
    head = f"GET {LOGOUT} HTTP/1.0\r\nHost: {host}\r\n\r\n"
    dialled = f"printf '%s' \"$0\" | timeout 20 openssl s_client -quiet -verify_return_error -CAfile ca.pem -servername {host} -connect {host}:443 2>/dev/null"
    plain = f"import socket, sys; s = socket.create_connection(('{host}', 80)); s.sendall(sys.argv[1].encode()); print(s.makefile().read())"
    trust = ["-Djavax.net.ssl.trustStore=ca.p12", "-Djavax.net.ssl.trustStorePassword=changeit"]
    commands = {
        "curl": ["curl", "-sS", *options, "--cacert", "ca.pem", url],
        "chromium": [*CHROMIUM, url],
        "node": ["env", "NODE_EXTRA_CA_CERTS=ca.pem", "node", "-e", NODE, url],
        "go": ["./go-client", "ca.pem", url],
        "java": ["java", *trust, "Client.java", url],
        "openssl": ["sh", "-c", dialled, head.replace("1.0\r\n", "1.1\r\nConnection: close\r\n")],
        "python": [sys.executable, "-c", PYTHON, url, "ca.pem"],
        "http10": [sys.executable, "-c", plain, head],
    }
    return inside(f"d{DEVICES.index(device)}", *commands[device])


def answers(devices: Sequence[str], host: str) -> dict[str, object]:
    """Return what each device is answered, several at a time."""
    with ThreadPoolExecutor(4) as pool:
        told = pool.map(lambda device: read(sh(*client(device, host))), devices)
        return dict(zip(devices, told, strict=True))


def answers_by_proxy(devices: Sequence[str]) -> dict[str, object]:
    """Return what each device is answered by the proxy, while it reaches nothing else of the gateway."""
    commands = by_proxy.proxied(API, LOGOUT, f"{LAN}.2", CHROMIUM)
    sh(*inside("gw", "nft", "-f", "-"), input=by_proxy.CLOSED)
    try:
        with ThreadPoolExecutor(4) as pool:
            asked = lambda device: read(sh(*inside(f"d{DEVICES.index(device)}", *commands[device])))  # noqa: E731  # one use
            return dict(zip(devices, pool.map(asked, devices), strict=True))
    finally:
        sh(*inside("gw", "nft", "delete", *by_proxy.OPENED.split()))


def tunnelled() -> dict[str, object]:
    """Return what a device gets by the proxy of other hosts: that of a listed one, and the refusals of two that are not to be reached."""
    asked = ["curl", "-sk", "-x", f"http://{LAN}.2:{by_proxy.PORT}"]
    status = ("sh", "-c", '"$@" -o /dev/null -w "%{http_connect}" || true', "sh")
    refused = {host: sh(*status, *inside("d0", *asked, f"https://{host}/")) for host in (INSIDE, "other.example")}
    return {ELSEWHERE: read(sh(*inside("d0", *asked, f"https://{ELSEWHERE}{LOGOUT}"))), **refused}


def read(text: str) -> object:
    """Return the JSON of an answer, which may have a head, or stand in a page."""
    start = text.find("{")
    try:
        return json.loads(text[start : text.rfind("}") + 1])
    except ValueError:
        return text


def named(**all_of_them: object) -> None:
    """Write the devices; what is given is said of each."""
    devices = {
        name: {
            "match": {"address": [f"{LAN}.{11 + at}", f"{LAN6}:{11 + at}"]},
            "public_address": f"8.8.4.{11 + at}",
            **({"cassette": name} if name in OWN else {}),
            **all_of_them,
        }
        for at, name in enumerate(DEVICES)
    }
    Path("devices.yaml").write_text(json.dumps({"devices": devices}))


def log() -> list[dict[str, object]]:
    return [json.loads(line) for line in Path("gateway.log").read_text().splitlines()]


def reload(gateway: subprocess.Popen[bytes]) -> None:
    """Have the gateway read its configuration anew; return when it has."""
    count = sum(event["event"] == "configuration applied" for event in log())
    gateway.send_signal(signal.SIGHUP)
    end = time.monotonic() + 20
    while sum(event["event"] == "configuration applied" for event in log()) == count and time.monotonic() < end:
        time.sleep(0.05)


def stop(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        process.terminate()
        process.wait(20)


def redirected(form: str, devices: Sequence[str]) -> Mapping[str, object]:
    """Load the lines of a redirect on the router; each device asks Adobe's own addresses, curl each family."""
    networks = [word for network in (f"{LAN}.0/24", f"{LAN6}:/64") for word in ("--devices", network)]
    lines = sh(*inside("gw", *GATEWAY, "lab", "redirect", *networks, "--format", form))
    load, unload = (
        (("nft", "-f", "-"), ("nft", "delete", "table", "inet", "pass_gateway"))
        if form == "nftables"
        else (("sh", "-e"), ("sh", "-c", "iptables -t nat -F PASS_GATEWAY; ip6tables -t nat -F PASS_GATEWAY"))
    )
    for _ in range(2):  # as they are loaded anew when Adobe's addresses change
        sh(*inside("gw", *load), input=lines)
    told = answers(devices, API)
    families = {f"curl {family}": read(sh(*client("curl", API, family))) for family in ("-4", "-6")}
    sh(*inside("gw", *unload))
    return {**told, **families}


def page(path: str) -> str:
    """Ask the control listener, on the gateway's machine."""
    token = Path(".gateway-control-token").read_text().strip()
    return sh(*inside("gw", "curl", "-sS", "-H", f"Authorization: Bearer {token}", f"http://127.0.0.1:8099{path}"))


def main(folder: str, devices: Sequence[str]) -> None:
    os.chdir(folder)
    Path("config.yaml").write_text(CONFIG)
    Path("Client.java").write_text(JAVA)
    Path("Proxied.java").write_text(by_proxy.JAVA)
    named()
    networks()
    outside = adobe()
    sh(*GATEWAY, "lab", "init")
    for form in ("pem", "p12"):
        Path(f"ca.{form}").write_bytes(subprocess.check_output([*GATEWAY, "lab", "ca", "--format", form]))
    if "chromium" in devices:
        sh("sh", "-c", TRUST)
    gateway = listening()
    told: dict[str, object] = {
        "dns": answers(devices, API),
        "staging": answers(devices, STAGING),
        "base URL": answers(devices, "gateway.lab"),
        "proxy": answers_by_proxy(devices),
        "tunnelled": tunnelled(),
    }
    named(dns="off")  # each device is told where Adobe really is
    reload(gateway)
    told |= {form: redirected(form, devices) for form in ("nftables", "iptables")}
    told["devices"], told["page"] = json.loads(page("/api/devices")), page("/devices")
    stop(gateway, outside)
    named()
    gateway = listening("--mode", "replay")
    told["replay"] = answers(devices, API)
    told["proxied replay"] = answers_by_proxy(devices)
    stop(gateway)
    told["log"] = log()
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

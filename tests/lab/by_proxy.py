"""The devices of the lab once more, by its explicit proxy: each client in its own way of being given one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench.peers.tools import MissingError, go_toolchain, said

PORT = 3128
CLOSED = """table inet proxy_alone {
  chain in {
  type filter hook input priority 0;
  iifname "lan" tcp dport { 53, 80, 443 } reject with tcp reset
  iifname "lan" udp dport 53 reject
  }
}
"""
"""Lets devices reach nothing of the gateway but its proxy, for `nft`: neither its resolver nor its other listeners."""
OPENED = "table inet proxy_alone"

JAVA = """
import java.net.*; import java.net.http.*;
public class Proxied { public static void main(String[] a) throws Exception {
  var proxy = ProxySelector.of(new InetSocketAddress(a[1], Integer.parseInt(a[2])));
  var answer = HttpClient.newBuilder().proxy(proxy).build().send(HttpRequest.newBuilder(URI.create(a[0])).build(), HttpResponse.BodyHandlers.ofString());
  System.out.println(answer.body()); } }
"""
NODE = """
const [url, host, port] = process.argv.slice(1), {hostname, pathname, search} = new URL(url);
require('http').request({host, port, method: 'CONNECT', path: `${hostname}:443`}).on('connect', (answer, socket) => {
  require('https').get({hostname, path: pathname + search, createConnection: () => require('tls').connect({socket, servername: hostname})}, got => got.pipe(process.stdout));
}).end();
"""
CHROMIUM = """
mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed || exit
printf '{"CACertificates": ["%s"]}' "$(openssl x509 -in ca.pem -outform der | base64 -w 0)" > /etc/chromium/policies/managed/lab.json
timeout 40 chromium --headless --no-sandbox --disable-gpu --user-data-dir=profile --proxy-pac-url="http://$1/proxy.pac" --dump-dom "$0" 2>/dev/null
"""
"""A browser that trusts the root by policy, and finds the proxy by its PAC file."""


def go_client() -> Path | None:
    """Build a client in Go; None where there is no toolchain."""
    source = Path(__file__).with_name("client.go")
    try:
        go = go_toolchain()
        target = go.parent.parent.parent / "lab-client"
        environ = {
            "GOCACHE": str(target.with_name("go-cache")),
            "GOTOOLCHAIN": "local",
            "GOPROXY": "off",
            "GOFLAGS": "",
        }
        said(go, "build", "-o", target, source, environ=environ)
    except MissingError:
        return None
    return target


def clients(host: str, target: str, gateway: str) -> Mapping[str, list[str]]:
    """Return how each device asks for a target of a host; Go and Chromium where this machine has them."""
    url, proxy = f"https://{host}{target}", f"http://{gateway}:{PORT}"
    head = f"GET {target} HTTP/1.1\r\nConnection: close\r\nHost: {host}\r\n\r\n"
    dialled = f"printf '%s' \"$0\" | timeout 10 openssl s_client -proxy {gateway}:{PORT} -quiet -verify_return_error -CAfile ca.pem -servername {host} -connect {host}:443 2>/dev/null"
    plain = f"import socket, sys; s = socket.create_connection(('{gateway}', {PORT})); s.sendall(sys.argv[1].encode()); print(s.makefile().read())"
    secured = "import ssl, sys, urllib.request as u; print(u.urlopen(sys.argv[1], context=ssl.create_default_context(cafile=sys.argv[2])).read().decode())"
    trust = ["-Djavax.net.ssl.trustStore=ca.p12", "-Djavax.net.ssl.trustStorePassword=changeit"]
    found = {
        "curl": ["curl", "-sS", "--cacert", "ca.pem", "-x", proxy, url],
        "openssl": ["sh", "-c", dialled, head],
        "python": ["env", f"https_proxy={proxy}", sys.executable, "-c", secured, url, "ca.pem"],
        "node": ["env", "NODE_EXTRA_CA_CERTS=ca.pem", "node", "-e", NODE, url, gateway, str(PORT)],
        "java": ["java", *trust, "Proxied.java", url, gateway, str(PORT)],
        "http10": [sys.executable, "-c", plain, f"GET http://{host}{target} HTTP/1.0\r\n\r\n"],
    }
    if client := os.environ.get("GO_CLIENT"):
        found["go"] = ["env", f"https_proxy={proxy}", client, url, "ca.pem"]
    if shutil.which("chromium"):
        found["chromium"] = ["sh", "-c", CHROMIUM, url, f"{gateway}:{PORT}"]
    return found

"""The devices of the lab once more, by its explicit proxy: each client in its own way of being given one."""

from __future__ import annotations

import sys

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
PYTHON = "import ssl, sys, urllib.request as u; print(u.urlopen(sys.argv[1], context=ssl.create_default_context(cafile=sys.argv[2])).read().decode())"


def proxied(host: str, target: str, gateway: str, chromium: tuple[str, ...]) -> dict[str, list[str]]:
    """Return how each client asks for a target of a host by the proxy; `chromium` is how that one starts."""
    url, proxy = f"https://{host}{target}", f"http://{gateway}:{PORT}"
    head = f"GET {target} HTTP/1.1\r\nConnection: close\r\nHost: {host}\r\n\r\n"
    dialled = f"printf '%s' \"$0\" | timeout 20 openssl s_client -proxy {gateway}:{PORT} -quiet -verify_return_error -CAfile ca.pem -servername {host} -connect {host}:443 2>/dev/null"
    plain = f"import socket, sys; s = socket.create_connection(('{gateway}', {PORT})); s.sendall(sys.argv[1].encode()); print(s.makefile().read())"
    trust = ["-Djavax.net.ssl.trustStore=ca.p12", "-Djavax.net.ssl.trustStorePassword=changeit"]
    return {
        "curl": ["curl", "-sS", "--cacert", "ca.pem", "-x", proxy, url],
        "chromium": [*chromium, f"--proxy-pac-url={proxy}/proxy.pac", url],
        "node": ["env", "NODE_EXTRA_CA_CERTS=ca.pem", "node", "-e", NODE, url, gateway, str(PORT)],
        "go": ["env", f"https_proxy={proxy}", "./go-client", "ca.pem", url],
        "java": ["java", *trust, "Proxied.java", url, gateway, str(PORT)],
        "openssl": ["sh", "-c", dialled, head],
        "python": ["env", f"https_proxy={proxy}", sys.executable, "-c", PYTHON, url, "ca.pem"],
        "http10": [sys.executable, "-c", plain, f"GET http://{host}{target} HTTP/1.0\r\n\r\n"],
    }

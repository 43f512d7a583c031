"""What real TLS clients make of a leaf outside the lab's domains, in the chain as it is installed: each one refuses it."""

from __future__ import annotations

import ipaddress
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from gateway.lab.authority import ROOT, Authority, KeyType, key_pem, make, new_key
from gateway.lab.formats import exported

HOST = "api.auth.adobe.com"
JAVA = """
import java.net.*; import javax.net.ssl.*;
public class Client { public static void main(String[] a) throws Exception {
  var plain = new Socket("127.0.0.1", Integer.parseInt(a[1]));
  var secured = (SSLSocket) ((SSLSocketFactory) SSLSocketFactory.getDefault()).createSocket(plain, a[0], plain.getPort(), true);
  var wanted = secured.getSSLParameters(); wanted.setEndpointIdentificationAlgorithm("HTTPS"); secured.setSSLParameters(wanted);
  secured.startHandshake(); System.out.println("trusted"); } }
"""
NODE = """
const [host, port] = process.argv.slice(1), name = host[0] < 'a' ? {} : {servername: host};
const socket = require('tls').connect({host: '127.0.0.1', port, ...name}, () => { console.log('trusted'); socket.destroy(); });
socket.on('error', error => { console.error(error.message); process.exit(1); });
"""
PYTHON = """
import socket, ssl, sys
context = ssl.create_default_context(cafile="ca.pem")
context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[2]))), server_hostname=sys.argv[1])
print("trusted")
"""
CHROMIUM = """
mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed || exit
printf '{"CACertificates": ["%s"]}' "$(openssl x509 -in ca.pem -outform der | base64 -w 0)" > /etc/chromium/policies/managed/lab.json
timeout 40 chromium --headless --no-sandbox --disable-gpu --user-data-dir=profile --host-resolver-rules='MAP * 127.0.0.1' --dump-dom "https://$0:$1/"
"""
"""A browser that trusts the root by policy, in a mount namespace, so that the machine's own browser does not."""
CLIENTS = {
    "chromium": ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", CHROMIUM],
    "openssl": [
        "sh", "-c",
        'echo | openssl s_client -connect 127.0.0.1:$1 -servername "$0" -CAfile ca.pem 2>&1 | grep -q "Verification: OK" && echo trusted',
    ],
    "python": [sys.executable, "-c", PYTHON],
    "node": ["env", "NODE_EXTRA_CA_CERTS=ca.pem", "node", "-e", NODE],
    "java": ["java", "-Djavax.net.ssl.trustStore=ca.p12", "-Djavax.net.ssl.trustStorePassword=changeit", "Client.java"],
}  # fmt: skip


def leaf_for(address: str, authority: Authority) -> bytes:
    """Return a chain for an address, which `Authority.issue` does not make."""
    key, now = new_key(authority.key_type), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))
        .issuer_name(authority.intermediate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    pem = [one.public_bytes(serialization.Encoding.PEM) for one in (made, authority.intermediate)]
    return key_pem(key) + b"".join(pem)


@contextmanager
def showing(chain: bytes, folder: Path) -> Iterator[int]:
    """Show a chain to whoever connects; yield the port."""
    (folder / "shown.pem").write_bytes(chain)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "shown.pem")
    with create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    accepted, _ = listening.accept()
                except OSError:
                    return
                accepted.settimeout(20)
                try:
                    with context.wrap_socket(accepted, server_side=True) as secured:
                        if secured.recv(4096).startswith(b"GET "):
                            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\ntrusted")
                except OSError:
                    accepted.close()

        Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.long
@pytest.mark.parametrize("key_type", ["ec", "rsa"])
def test_each_client_believes_hosts_of_the_lab_and_no_other_host_and_no_address(
    tmp_path: Path, key_type: KeyType
) -> None:
    authority = make(tmp_path / "lab", ["auth.adobe.com"], key_type, datetime.now(UTC))
    (tmp_path / "ca.pem").write_bytes((tmp_path / "lab" / ROOT).read_bytes())
    (tmp_path / "ca.p12").write_bytes(exported(authority.root, "p12"))
    (tmp_path / "Client.java").write_text(JAVA)
    key = new_key(key_type)
    chains = {host: key_pem(key) + authority.issue([host], key, datetime.now(UTC)) for host in (HOST, "bank.example")}
    chains["127.0.0.1"] = leaf_for("127.0.0.1", authority)
    programs = {name: "node" if name == "node" else command[0] for name, command in CLIENTS.items()}
    known = {name: command for name, command in CLIENTS.items() if shutil.which(programs[name])}
    if not shutil.which("chromium") or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        known.pop("chromium", None)
    verdicts: dict[str, set[str]] = {}
    for host, chain in chains.items():
        with showing(chain, tmp_path) as port:
            for name, command in known.items():
                done = subprocess.run(
                    [*command, host, str(port)], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60
                )
                if "trusted" in done.stdout:
                    verdicts.setdefault(host, set()).add(name)
    assert verdicts == {HOST: set(known)}
    assert {"openssl", "python"} <= set(known)

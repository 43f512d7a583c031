"""What real TLS clients make of a leaf outside the lab's domains, in the chain as it is installed: each one refuses it."""

from __future__ import annotations

import ipaddress
import shlex
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
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
from tests.bench.peers.tools import MissingError, built_by_go
from tests.lab.shelf import CHROMIUM as CHROMIUM_COMMAND
from tests.lab.shelf import GO, TRUST

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
CHROMIUM = f"""{TRUST}
{shlex.join(CHROMIUM_COMMAND)} --host-resolver-rules='MAP * 127.0.0.1' "https://$0:$1/"
"""
CLIENTS = {
    "chromium": ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", CHROMIUM],
    "openssl": [
        "sh", "-c",
        'echo | openssl s_client -connect 127.0.0.1:$1 -servername "$0" -CAfile ca.pem 2>&1 | grep -q "Verification: OK" && echo trusted',
    ],
    "python": [sys.executable, "-c", PYTHON],
    "node": ["env", "NODE_EXTRA_CA_CERTS=ca.pem", "node", "-e", NODE],
    "go": ["sh", "-c", './go-client ca.pem "https://$0:$1/" "127.0.0.1:$1"'],
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


@pytest.fixture(scope="module", params=["ec", "rsa"])
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, bytes]]:
    """Return a folder in which clients find what they are to trust, and the chains that they are shown, by whom each is for."""
    key_type: KeyType = request.param
    folder = tmp_path_factory.mktemp(key_type)
    authority = make(folder / "lab", ["auth.adobe.com"], key_type, datetime.now(UTC))
    (folder / "ca.pem").write_bytes((folder / "lab" / ROOT).read_bytes())
    (folder / "ca.p12").write_bytes(exported(authority.root, "p12"))
    (folder / "Client.java").write_text(JAVA)
    key = new_key(key_type)
    chains = {host: key_pem(key) + authority.issue([host], key, datetime.now(UTC)) for host in (HOST, "bank.example")}
    return folder, {**chains, "127.0.0.1": leaf_for("127.0.0.1", authority)}


def hindrance(client: str, folder: Path) -> str:
    """Return why a client cannot be asked here; Go's is built."""
    if client == "go":
        try:
            shutil.copy(built_by_go(GO, "go-client"), folder / "go-client")
        except MissingError as error:
            return str(error)
        return ""
    program = {"python": sys.executable}.get(client, client)
    if not shutil.which(program):
        return f"this machine has no {client}"
    if client == "chromium" and subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        return "this machine allows no namespaces, in which the browser would trust the lab"
    return ""


@pytest.mark.long
@pytest.mark.parametrize("client", CLIENTS)
def test_each_client_believes_hosts_of_the_lab_and_no_other_host_and_no_address(
    lab: tuple[Path, Mapping[str, bytes]], client: str
) -> None:
    folder, chains = lab
    if why := hindrance(client, folder):
        pytest.skip(why)
    believed = []
    for host, chain in chains.items():
        with showing(chain, folder) as port:
            command = [*CLIENTS[client], host, str(port)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=60)
            if "trusted" in done.stdout:
                believed.append(host)
    assert believed == [HOST]

"""The certificate that a device is shown, by the host that it asks for."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509

from gateway.lab.authority import ROOT, Authority, KeyType, make
from gateway.lab.leaves import RENEWED_AFTER, Leaves

DOMAINS = ["auth.adobe.com", "gateway.lab"]
HOST = "api.auth.adobe.com"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make(tmp_path / "lab", DOMAINS, "ec", datetime.now(UTC))


def shown(leaves: Leaves, client: ssl.SSLContext, host: str | None) -> x509.Certificate:
    """Shake hands over a real pair of sockets, and return the certificate that the client saw."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            leaves.context.wrap_socket(ours, server_side=True).close()
        except OSError:
            ours.close()

    serving = Thread(target=serve)
    serving.start()
    try:
        with client.wrap_socket(theirs, server_hostname=host) as connection:
            der = connection.getpeercert(binary_form=True)
    finally:
        serving.join(5)
        theirs.close()
    assert der
    return x509.load_der_x509_certificate(der)


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(folder / "lab" / ROOT))


def names(certificate: x509.Certificate) -> list[str]:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )


def test_each_host_of_the_lab_has_a_certificate_that_a_device_believes(authority: Authority, tmp_path: Path) -> None:
    leaves = Leaves(authority, HOST)
    for host in (HOST, "sp.auth.adobe.com", "gateway.lab"):
        assert names(shown(leaves, trusting(tmp_path), host)) == [host]


def test_who_asks_for_no_host_of_the_lab_is_shown_the_first_ones(authority: Authority) -> None:
    leaves = Leaves(authority, HOST)
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    for host in ("bank.example", "192.168.0.2", None):
        assert names(shown(leaves, anybody, host)) == [HOST]
    first = leaves.of(HOST)
    for host in ("x" * 200 + ".auth.adobe.com", "a..auth.adobe.com", "adobe.com", "", "\0", "a/../b.auth.adobe.com"):
        assert leaves.of(host) is first


@pytest.mark.parametrize("key_type", ["ec", "rsa"])
def test_the_chain_is_of_one_type_of_key(key_type: KeyType, tmp_path: Path) -> None:
    leaves = Leaves(make(tmp_path / "lab", DOMAINS, key_type, datetime.now(UTC)), HOST)
    public = shown(leaves, trusting(tmp_path), HOST).public_key()
    assert ("RSA" in type(public).__name__) == (key_type == "rsa")


def test_a_certificate_is_made_once_and_renewed_in_time(authority: Authority) -> None:
    now = [datetime.now(UTC)]
    leaves = Leaves(authority, HOST, clock=lambda: now[0])
    first = leaves.of("sp.auth.adobe.com")
    assert leaves.of("SP.auth.adobe.com") is first
    now[0] += RENEWED_AFTER + timedelta(seconds=1)
    assert leaves.of("sp.auth.adobe.com") is not first


def test_tls_below_1_2_is_refused_unless_it_is_asked_for(authority: Authority, tmp_path: Path) -> None:
    old = trusting(tmp_path)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        shown(Leaves(authority, HOST), old, HOST)
    assert names(shown(Leaves(authority, HOST, min_version="1.0"), old, HOST)) == [HOST]

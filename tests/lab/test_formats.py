"""A root's certificate in the forms that devices take."""

from __future__ import annotations

import plistlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from gateway.lab.authority import make
from gateway.lab.formats import PASSWORD, exported, fingerprint


@pytest.fixture
def root(tmp_path: Path) -> x509.Certificate:
    return make(tmp_path / "lab", ["auth.adobe.com"], "ec", datetime.now(UTC)).root


def test_each_form_holds_the_root_and_no_key(root: x509.Certificate) -> None:
    der = root.public_bytes(Encoding.DER)
    assert x509.load_pem_x509_certificate(exported(root, "pem")) == root
    assert exported(root, "der") == der
    held = pkcs12.load_pkcs12(exported(root, "p12"), PASSWORD.encode())
    assert held.key is None
    assert [entry.certificate for entry in held.additional_certs] == [root]
    (payload,) = plistlib.loads(exported(root, "mobileconfig"))["PayloadContent"]
    assert (payload["PayloadType"], payload["PayloadContent"]) == ("com.apple.security.root", der)


def test_a_profile_is_the_same_each_time_so_that_a_device_replaces_it(root: x509.Certificate) -> None:
    assert exported(root, "mobileconfig") == exported(root, "mobileconfig")


def test_a_fingerprint_is_written_as_devices_show_it(root: x509.Certificate) -> None:
    pairs = fingerprint(root).split(":")
    assert (len(pairs), {len(pair) for pair in pairs}) == (32, {2})
    assert fingerprint(root).isupper()

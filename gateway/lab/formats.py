"""A root's certificate in the forms that devices take."""

from __future__ import annotations

import plistlib
import uuid
from collections.abc import Callable, Mapping

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore

PASSWORD = "changeit"  # noqa: S105  # it protects nothing: a certificate is public, but Java's tools need a password
"""Password of a p12 file: Java's default for files of trusted certificates."""


def exported(root: x509.Certificate, form: str) -> bytes:
    """Return a root's certificate. `form`: `pem`, `der`, `p12` (trust store, password `changeit`) or `mobileconfig`; otherwise KeyError."""
    return FORMATS[form](root)


def fingerprint(root: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate, as devices show it: pairs of hex digits, separated by colons."""
    return root.fingerprint(hashes.SHA256()).hex(":").upper()


def _p12(root: x509.Certificate) -> bytes:
    return serialize_java_truststore(
        [PKCS12Certificate(root, b"pass-gateway lab")], BestAvailableEncryption(PASSWORD.encode())
    )


def _mobileconfig(root: x509.Certificate) -> bytes:
    """Return Apple's profile with one payload (developer.apple.com, CertificateRoot). The same root gives the same identifiers."""
    mark = root.fingerprint(hashes.SHA256()).hex()
    name = f"pass-gateway lab ({mark[:8]})"

    def about(part: str, kind: str, shown: str) -> dict[str, object]:
        identifier = uuid.uuid5(uuid.NAMESPACE_URL, f"{mark}/{part}")
        return {
            "PayloadDisplayName": shown,
            "PayloadIdentifier": f"pass-gateway.lab.{mark[:16]}.{part}",
            "PayloadType": kind,
            "PayloadUUID": str(identifier).upper(),
            "PayloadVersion": 1,
        }

    payload = {**about("root", "com.apple.security.root", name), "PayloadContent": root.public_bytes(Encoding.DER)}
    return plistlib.dumps({**about("profile", "Configuration", name), "PayloadContent": [payload]})


FORMATS: Mapping[str, Callable[[x509.Certificate], bytes]] = {
    "pem": lambda root: root.public_bytes(Encoding.PEM),
    "der": lambda root: root.public_bytes(Encoding.DER),
    "p12": _p12,
    "mobileconfig": _mobileconfig,
}

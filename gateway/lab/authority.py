"""A lab's own certificate authority: a root that devices trust, and an intermediate that signs only for the hosts of the lab.

Facts
-----
* Whoever has a root's key can read everything that a device sends to any host. So the root's key signs one intermediate, and is
  destroyed. It never leaves this process's memory.
* Some clients ignore the name constraints of a root, since RFC 5280 section 6.1 begins with only the trust anchor's name and key. All
  clients apply the name constraints of an intermediate. So the intermediate has them: they permit the lab's domains, and no address.
* Apple's platforms refuse a leaf certificate that is valid for more than 398 days. An authority may be valid for longer.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from gateway.core.mistake import Mistake
from gateway.lab.domains import is_permitted
from gateway.system.files import PRIVATE, make_folder, replace_file

KeyType: TypeAlias = Literal["ec", "rsa"]
PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

ROOT = "ca.pem"
"""The file that devices get. It contains no key."""
INTERMEDIATE = "intermediate.pem"
INTERMEDIATE_KEY = "intermediate.key"
AUTHORITY_DAYS = 3650
LEAF_DAYS = 14
BACKDATED = timedelta(days=1)
"""A certificate is valid from so long before it is made, since the clock of a television may be slow."""

_RSA_BITS = 2048
_EVERY_ADDRESS = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


class Authority(Struct, frozen=True):
    """The authority that signs for the hosts of a lab."""

    root: x509.Certificate
    intermediate: x509.Certificate
    key: PrivateKey

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains in which the authority may sign. Devices refuse its certificates for other domains."""
        return _domains(self.intermediate)

    @property
    def key_type(self) -> KeyType:
        """The type of the authority's keys, and of the keys in its certificates."""
        return "rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ec"

    def permits(self, host: str) -> bool:
        """Whether devices accept the authority's certificate for `host`."""
        return is_permitted(host, self.domains)

    def issue(self, hosts: Iterable[str], key: PrivateKey, now: datetime) -> bytes:
        """Return the chain for `hosts` and `key` as PEM: the leaf, which is valid for 14 days, and the intermediate."""
        names = list(hosts)
        builder = (
            _certificate(names[0], key, now, LEAF_DAYS)
            .issuer_name(self.intermediate.subject)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_usage(leaf=True, rsa_key=self.key_type == "rsa"), critical=True)
            .add_extension(_authority_of(self.intermediate), critical=False)
        )
        return _pem(builder.sign(self.key, hashes.SHA256())) + _pem(self.intermediate)


def make(folder: Path, domains: Iterable[str], key_type: KeyType, now: datetime) -> Authority:
    """Make an authority. Write both certificates and the intermediate's key to `folder`.

    Raises Mistake if the folder already has an authority. Devices trust that one, and would need the new one.
    """
    if (folder / ROOT).exists() or (folder / INTERMEDIATE_KEY).exists():
        message = f"{folder / ROOT}: expected no authority, found one that devices may trust (for a new one, remove the folder)"
        raise Mistake(message)
    root_key, key = new_key(key_type), new_key(key_type)
    day = f"{now:%Y-%m-%d}"
    root = (
        _authority(f"pass-gateway lab root {day}", root_key, now, path_length=1)
        .issuer_name(_name(f"pass-gateway lab root {day}"))
        .sign(root_key, hashes.SHA256())
    )
    permitted = [x509.DNSName(domain) for domain in domains]
    intermediate = (
        _authority(f"pass-gateway lab {day}", key, now, path_length=0)
        .issuer_name(root.subject)
        .add_extension(_authority_of(root), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.NameConstraints(permitted, [x509.IPAddress(network) for network in _EVERY_ADDRESS]), critical=True
        )
        .sign(root_key, hashes.SHA256())
    )
    del root_key
    make_folder(folder)
    replace_file(folder / INTERMEDIATE_KEY, key_pem(key), mode=PRIVATE)
    replace_file(folder / INTERMEDIATE, _pem(intermediate))
    replace_file(folder / ROOT, _pem(root))
    return Authority(root, intermediate, key)


class PublicPart(Struct, frozen=True):
    """The public part of an authority. It has no key, so no page can show a key."""

    root: x509.Certificate
    domains: tuple[str, ...]
    """The domains in which the authority may sign."""


def load_public(folder: Path) -> PublicPart | None:
    """Read the public part of a folder's authority. None if there is no readable authority."""
    try:
        root, intermediate = (
            x509.load_pem_x509_certificate((folder / name).read_bytes()) for name in (ROOT, INTERMEDIATE)
        )
        return PublicPart(root, _domains(intermediate))
    except (OSError, ValueError, x509.ExtensionNotFound):
        return None


def load(folder: Path) -> Authority:
    """Read the authority of a folder. Raises Mistake if a file is missing, or was not made by `make`."""
    try:
        root, intermediate = (
            x509.load_pem_x509_certificate((folder / name).read_bytes()) for name in (ROOT, INTERMEDIATE)
        )
        key = serialization.load_pem_private_key((folder / INTERMEDIATE_KEY).read_bytes(), None)
        intermediate.verify_directly_issued_by(root)
    except FileNotFoundError as error:
        message = f"{folder}: expected a lab's authority, found no {Path(error.filename).name} (run gateway lab init)"
        raise Mistake(message) from None
    except OSError as error:
        message = f"{error.filename}: {error.strerror}"
        raise Mistake(message) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        message = f"{folder}: expected a lab's authority, found files that cannot be read as one"
        raise Mistake(message) from None
    except Exception as error:  # cryptography's InvalidSignature is no ValueError
        message = f"{folder}: expected an intermediate that the root signed, found another"
        raise Mistake(message) from error
    if (
        not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
        or key.public_key() != intermediate.public_key()
    ):
        message = f"{folder / INTERMEDIATE_KEY}: expected the key of {INTERMEDIATE}, found another"
        raise Mistake(message)
    return Authority(root, intermediate, key)


def new_key(key_type: KeyType) -> PrivateKey:
    """Make a private key. P-256 takes 0.1 milliseconds; RSA with 2,048 bits takes 0.1 seconds or more."""
    return rsa.generate_private_key(65537, _RSA_BITS) if key_type == "rsa" else ec.generate_private_key(ec.SECP256R1())


def key_pem(key: PrivateKey) -> bytes:
    """Return a private key as PEM, without a passphrase."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _domains(intermediate: x509.Certificate) -> tuple[str, ...]:
    constraints = intermediate.extensions.get_extension_for_class(x509.NameConstraints).value
    return tuple(name.value for name in constraints.permitted_subtrees or () if isinstance(name, x509.DNSName))


def _authority(name: str, key: PrivateKey, now: datetime, path_length: int) -> x509.CertificateBuilder:
    return (
        _certificate(name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(leaf=False, rsa_key=False), critical=True)
    )


def _certificate(name: str, key: PrivateKey, now: datetime, days: int) -> x509.CertificateBuilder:
    public = key.public_key()
    moment = now.astimezone(UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - BACKDATED)
        .not_valid_after(moment + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])  # the longest name (RFC 5280 appendix A)


def _authority_of(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _usage(*, leaf: bool, rsa_key: bool) -> x509.KeyUsage:
    """Return what a key may do. An RSA leaf may encipher keys, since old devices with TLS 1.2 ask for this."""
    return x509.KeyUsage(
        digital_signature=leaf, key_encipherment=leaf and rsa_key, key_cert_sign=not leaf, crl_sign=not leaf,
        content_commitment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)

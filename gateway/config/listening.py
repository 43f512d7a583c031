"""The sections `listen` and `listeners`: where apps reach the gateway, with which protocols."""

from pathlib import Path
from typing import Annotated, Literal

from gateway.config.marks import Before, Range, Read, Schema
from gateway.config.reading import Section
from gateway.config.section import FilePath
from gateway.config.values import listening_host

OLD_VERSIONS = ("1.0", "1.1")
"""Versions of TLS that are off unless `min_version` names them (RFC 8996)."""


def _version(value: object) -> object:
    """Turn 1.2, which YAML reads as a number without quotes, into text."""
    return str(value) if isinstance(value, float) else value


def lab_word(value: object) -> object:
    """Turn the word `lab` into the map that it means."""
    return {"lab": True} if value == "lab" else value


class Tls(Section, frozen=True):
    """How the gateway serves HTTPS: with your own certificate, or with certificates of its lab."""

    cert_file: FilePath | None = None
    """PEM file with the certificate, followed by its intermediates."""
    key_file: FilePath | None = None
    """PEM file with the certificate's private key, without a passphrase."""
    lab: bool = False
    """Whether each host of the lab gets a certificate of the lab's authority (`gateway lab init`), in place of the two files."""
    min_version: Annotated[Literal["1.0", "1.1", "1.2", "1.3"], Before(_version)] = "1.2"
    """Oldest version of TLS that the gateway accepts. 1.0 and 1.1 are not secure; they are for old devices in a lab."""

    @property
    def files(self) -> tuple[Path, Path] | None:
        """The certificate and its key. None if the lab's certificates are used."""
        return (self.cert_file, self.key_file) if self.cert_file is not None and self.key_file is not None else None


class Listen(Section, frozen=True):
    """Where apps reach the gateway."""

    host: Annotated[str, Read(listening_host), Schema({"type": "string"})] = "127.0.0.1"
    """Address or host name to listen on. 0.0.0.0 is every IPv4 address of this machine, `::` every IPv4 and IPv6 address."""
    port: Annotated[int, Range(least=0, most=65535)] = 8080
    """TCP port; 0 picks a free one."""
    tls: Annotated[Tls | None, Before(lab_word, written=Literal["lab"] | Tls | None)] = None
    """HTTPS: a map with your own certificate, or `lab` for certificates of the lab's authority. null: plain HTTP."""
    proxy_protocol: bool = False
    """Whether each connection begins with a header of the PROXY protocol (version 1 or 2), which tells the client's address. Then only peers in `forwarded_for.trusted_proxies` may connect."""


def scheme_of(listen: Listen) -> str:
    """Return the scheme of a listener's URLs."""
    return "http" if listen.tls is None else "https"

"""The sections `listen` and `listeners`: where apps reach the gateway, and with which protocols."""

from pathlib import Path
from typing import Annotated, Literal

from gateway.config.marks import Before, Range, Read, Schema
from gateway.config.reading import Section
from gateway.config.section import FilePath
from gateway.config.values import listening_host

OLD_VERSIONS = ("1.0", "1.1")
"""Versions of TLS that are off unless they are asked for (RFC 8996)."""


def _version(value: object) -> object:
    """Take 1.2 without quotes, which YAML reads as a number."""
    return str(value) if isinstance(value, float) else value


def lab_word(value: object) -> object:
    """Take the word `lab` for the map that it stands for."""
    return {"lab": True} if value == "lab" else value


class Tls(Section, frozen=True):
    """How the gateway serves HTTPS: with a certificate of yours, or with certificates of its own lab."""

    cert_file: FilePath | None = None
    """PEM file with the certificate, followed by its intermediates."""
    key_file: FilePath | None = None
    """PEM file with the certificate's private key, without a passphrase."""
    lab: bool = False
    """Serve each host of the lab with a certificate of the lab's authority (`gateway lab init`), in place of the two files."""
    min_version: Annotated[Literal["1.0", "1.1", "1.2", "1.3"], Before(_version)] = "1.2"
    """Oldest version of TLS that is spoken. 1.0 and 1.1 are not secure, and are for old devices in a lab."""

    @property
    def files(self) -> tuple[Path, Path] | None:
        """The certificate and its key; None if the lab's certificates are served."""
        return (self.cert_file, self.key_file) if self.cert_file is not None and self.key_file is not None else None


class Listen(Section, frozen=True):
    """Where apps reach the gateway."""

    host: Annotated[str, Read(listening_host), Schema({"type": "string"})] = "127.0.0.1"
    """Address or host name to listen on; 0.0.0.0 is every IPv4 address of this machine, `::` every IPv4 and IPv6 address."""
    port: Annotated[int, Range(least=0, most=65535)] = 8080
    """TCP port; 0 picks a free one."""
    tls: Annotated[Tls | None, Before(lab_word, written=Literal["lab"] | Tls | None)] = None
    """HTTPS with a certificate of yours, or `lab`: with certificates of the lab's authority; null: plain HTTP."""
    proxy_protocol: bool = False
    """Whether each connection begins with a header of the PROXY protocol (version 1 or 2), which says whose it is. Only peers in `forwarded_for.trusted_proxies` may connect then."""


def scheme_of(listen: Listen) -> str:
    """Return the scheme of URLs that lead to a listener."""
    return "http" if listen.tls is None else "https"

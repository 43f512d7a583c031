"""The terms of each listener: HTTPS if it is configured, and the peers whose PROXY protocol the gateway believes."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import partial

from gateway.config import Config, Listen, Network, Tls
from gateway.core.headers import parse_address
from gateway.wire.accepting import Terms
from gateway.wire.refusals import CertificateRefusals
from gateway.wire.tls_versions import allow_versions
from gateway.wiring.lab import authority_of, lab_hosts


def terms_of(config: Config, refusals: CertificateRefusals | None = None) -> list[Terms]:
    """Return the terms of each listener, in the configuration's order. Raises Mistake for a lab without an authority.

    `refusals` is told of devices that refuse the lab's certificates.
    To make a lab's RSA key takes a tenth of a second. In a running gateway, call this in a thread.
    """
    return [_terms(config, listen, refusals) for listen in config.all_listeners.values()]


def tls_of(config: Config) -> ssl.SSLContext | None:
    """Return the TLS context of `listen`; None without HTTPS. Raises the same errors as `terms_of`."""
    return _context(config, config.listen.tls) if config.listen.tls is not None else None


def _terms(config: Config, listen: Listen, refusals: CertificateRefusals | None) -> Terms:
    proxies: Callable[[str], bool] | None = None
    if listen.proxy_protocol:
        proxies = partial(_is_in, config.forwarded_for.trusted_networks)
    if listen.tls is None:
        return Terms(proxies=proxies)
    return Terms(_context(config, listen.tls), proxies, refusals if listen.tls.lab else None)


def _context(config: Config, tls: Tls) -> ssl.SSLContext:
    if tls.files is None:
        from gateway.lab.leaves import Leaves

        return Leaves(authority_of(config), lab_hosts(config)[0], tls.min_version).context
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    allow_versions(context, tls.min_version)
    context.load_cert_chain(*tls.files)
    return context


def _is_in(networks: tuple[Network, ...], peer: str) -> bool:
    address = parse_address(peer)
    return address is not None and any(address in network for network in networks if network.version == address.version)

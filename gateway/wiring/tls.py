"""How apps are served HTTPS."""

from __future__ import annotations

import ssl

from gateway.config import Config


def tls_of(config: Config) -> ssl.SSLContext | None:
    """Return how apps are served HTTPS, where that is asked for."""
    if config.listen.tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(config.listen.tls.cert_file, config.listen.tls.key_file)
    return context

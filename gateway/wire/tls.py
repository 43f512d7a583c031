"""TLS towards an upstream. A connection resumes the session of the one before it, which saves a round trip and the certificates.

Facts
-----
* A client can resume a session only when its TLS object is made. asyncio makes that object, so the context hands the session in.
* In TLS 1.3 the ticket of a session comes after the handshake. So it is taken when a connection has served (RFC 8446 section 4.6.1).
* A session belongs to its context. Each upstream has its own context, so a session is never sent to another host.
"""

from __future__ import annotations

import asyncio
import ssl


class Resuming(ssl.SSLContext):
    """A client's TLS context that remembers the last session."""

    last_session: ssl.SSLSession | None = None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # Python's signature
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Make a TLS object that asks to resume the last session. A server that has forgotten the session starts a new one."""
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session or self.last_session)

    def remember(self, transport: asyncio.BaseTransport | None) -> None:
        """Keep the session of a connection that was used."""
        secured = transport.get_extra_info("ssl_object") if transport is not None else None
        session = getattr(secured, "session", None)
        if session is not None:
            self.last_session = session


def client_context(ca_file: str | None = None) -> Resuming:
    """Return a context that trusts the system's authorities, or those of a file. Raises OSError if the file cannot be read.

    Reading the system's authorities takes tens of milliseconds. The context verifies like `ssl.create_default_context`.
    """
    context = Resuming(ssl.PROTOCOL_TLS_CLIENT)  # which checks certificate and host name
    if ca_file is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        context.load_verify_locations(cafile=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context

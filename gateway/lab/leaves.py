"""The certificates that devices get. One is made when a device first asks for its host (SNI, RFC 6066 section 3), and renewed in time.

Facts
-----
* Python reads a chain and its key only from a file. We use a file without a name, in memory if the system supports it.
* All leaves share one key, which is made at start. Making an RSA key later would block the event loop too long.
* If the authority may not sign for a host, the client gets the first host's certificate. A client that names no host gets it, too, unless
  the client has named the host to our proxy.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from gateway.core.bounded import Bounded
from gateway.core.hostport import read_host
from gateway.lab.authority import LEAF_DAYS, Authority, key_pem, new_key
from gateway.wire.tls_versions import allow_versions

RENEWED_AFTER = timedelta(days=LEAF_DAYS) / 2
_LEAF_BYTES = 32 << 10
"""Size of a context with its chain in bytes: a high estimate."""
_MOST_BYTES = 4 << 20


class Leaves:
    """TLS contexts by host. A server listens with `context`."""

    def __init__(
        self,
        authority: Authority,
        default_host: str,
        min_version: str = "1.2",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`default_host` is for clients that name no host. The authority must be allowed to sign for it."""
        self._authority = authority
        self._default = default_host
        self._min_version = min_version
        self._clock = clock
        self._key = new_key(authority.key_type)
        self._key_pem = key_pem(self._key)
        self._made: Bounded[str, tuple[datetime, ssl.SSLContext]] = Bounded(
            "leaves", _MOST_BYTES, longest=_LEAF_BYTES * 2, size=lambda host, _: _LEAF_BYTES + len(host)
        )
        self.context = self._new_context(default_host)

    def of(self, host: str | None) -> ssl.SSLContext:
        """Return the context for a host. At least half of its certificate's lifetime remains.

        If the client then asks for another host, it gets the other host's certificate.
        """
        name = read_host(host) if host else None
        if name is None or not self._authority.permits(name):
            name = self._default
        made, context = self._made.get(name, (None, None))
        if context is None or made is None or self._clock() - made > RENEWED_AFTER:
            context = self._new_context(name)
            self._made.put(name, (self._clock(), context))
        return context

    def _choose(
        self, own: str, connection: ssl.SSLObject | ssl.SSLSocket, host: str | None, _context: ssl.SSLContext
    ) -> None:
        connection.context = self.of(host or own)

    def _new_context(self, host: str) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.set_alpn_protocols(["http/1.1"])
        allow_versions(context, self._min_version)
        context.sni_callback = partial(self._choose, host)
        chain = self._authority.issue([host], self._key, self._clock())
        with _nameless_file(self._key_pem + chain) as path:
            context.load_cert_chain(path)
        return context


@contextmanager
def _nameless_file(data: bytes) -> Iterator[str]:
    """Write a key to a file that nobody else can open. The file is removed at the end."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("leaf", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, data)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.NamedTemporaryFile() as file:  # only its owner can read it
        file.write(data)
        file.flush()
        yield file.name

"""Lets the contexts for TLS that a library makes at its import read the system's authorities at their first connection.

Facts
-----
* aiohttp makes a context for its clients when it is imported (`aiohttp.connector`, read in aiohttp 3.14). To read the system's authorities
  takes 20 ms, a tenth of a start. The gateway never uses this context. A test suite in whose process it runs may use it.
* `ssl.create_default_context` calls `load_default_certs` for it. Whoever connects with a context calls `wrap_bio` (asyncio, uvloop) or
  `wrap_socket`.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

_ONE = Lock()
"""Held while authorities are read, since threads may use one context."""


@contextmanager
def read_later() -> Iterator[None]:
    """While the block runs, a new context notes that it has to read the system's authorities. It reads them when it is first used."""
    at_once = ssl.SSLContext.load_default_certs

    def later(context: ssl.SSLContext, purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH) -> None:
        if type(context) is ssl.SSLContext and purpose is ssl.Purpose.SERVER_AUTH:
            context.__class__ = _Later
        else:
            at_once(context, purpose)

    ssl.SSLContext.load_default_certs = later  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        ssl.SSLContext.load_default_certs = at_once  # type: ignore[method-assign]


class _Later(ssl.SSLContext):
    """A context that has not read the system's authorities yet. When it has, it is an ordinary context."""

    def _read(self) -> None:
        with _ONE:
            if type(self) is _Later:
                ssl.SSLContext.load_default_certs(self)
                self.__class__ = ssl.SSLContext  # type: ignore[assignment]

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        self._read()
        return self.wrap_bio(*args, **options)  # no longer this method

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        self._read()
        return self.wrap_socket(*args, **options)

    def get_ca_certs(self, *args: Any, **options: Any) -> Any:
        self._read()
        return self.get_ca_certs(*args, **options)

    def cert_store_stats(self) -> dict[str, int]:
        self._read()
        return self.cert_store_stats()

"""A context whose authorities are read later is used like any other, and verifies like any other."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from collections.abc import Callable

import pytest

from gateway.system.authorities import read_later
from tests.harness.for_each import for_each

USES: list[Callable[[ssl.SSLContext], object]] = [
    lambda context: context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="api.example"),
    lambda context: context.get_ca_certs(binary_form=True),
    lambda context: context.cert_store_stats(),
]


@for_each("use", USES)
def test_whoever_uses_the_context_first_has_the_authorities_read(use: Callable[[ssl.SSLContext], object]) -> None:
    """Until then it has read none of them. From then on it is an ordinary context."""
    with read_later():
        context = ssl.create_default_context()
    ordinary = ssl.create_default_context()
    assert ssl.SSLContext in type(context).__mro__[1:]
    assert (context.verify_mode, context.check_hostname, context.options) == (
        ordinary.verify_mode,
        ordinary.check_hostname,
        ordinary.options,
    )
    use(context)
    assert type(context) is ssl.SSLContext
    assert context.cert_store_stats() == ordinary.cert_store_stats()
    assert context.get_ca_certs(binary_form=True) == ordinary.get_ca_certs(binary_form=True)


def test_a_socket_is_wrapped_by_a_context_that_has_read_them() -> None:
    with read_later():
        context = ssl.create_default_context()
    with socket.socket() as plain, pytest.raises(ValueError, match="server_hostname"):
        context.wrap_socket(plain)
    assert type(context) is ssl.SSLContext


def test_only_contexts_of_clients_wait_and_only_those_that_are_made_meanwhile() -> None:
    with read_later():
        of_server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        of_server.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    after = ssl.create_default_context()
    assert (type(of_server), type(after)) == (ssl.SSLContext, ssl.SSLContext)


def test_a_test_suite_does_not_wait_for_the_authorities_of_a_client_that_it_may_never_use() -> None:
    program = "from gateway.offline.importing import import_quickly; import_quickly('gateway.offline.running'); import aiohttp.connector as c; print(type(c._SSL_CONTEXT_VERIFIED).__name__)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  # our own
    assert ran.stdout == "_Later\n"

"""Hosts and ports as a person writes them."""

from __future__ import annotations

import pytest

from gateway.core.hostport import host_port, read_host_port
from tests.harness.for_each import for_each


@pytest.mark.parametrize(
    ("text", "read", "written"),
    [
        ("SP.auth.adobe.com", ("sp.auth.adobe.com", None), "sp.auth.adobe.com"),
        ("sp.auth.adobe.com:8443", ("sp.auth.adobe.com", 8443), "sp.auth.adobe.com:8443"),
        ("127.0.0.1:1", ("127.0.0.1", 1), "127.0.0.1:1"),
        ("::1", ("::1", None), "::1"),
        ("[::1]:8443", ("::1", 8443), "[::1]:8443"),
    ],
)
def test_what_is_read_is_written_alike(text: str, read: tuple[str, int | None], written: str) -> None:
    assert read_host_port(text) == read
    assert host_port(*read) == written
    assert read_host_port(written) == read


@for_each("text", [None, 5, "", "https://x", "a b", "host:0", "host:65536", "999.1.1.1", "[::1", "user@host"])
def test_anything_else_is_none(text: object) -> None:
    assert read_host_port(text) is None

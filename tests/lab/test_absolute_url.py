"""The absolute URL that a client sends to a proxy."""

from __future__ import annotations

from gateway.lab.absolute_url import AbsoluteUrl
from tests.harness.for_each import for_each


@for_each(
    ("target", "read", "authority"),
    [
        ("http://a.example/x?y=http://b/", AbsoluteUrl("http", "a.example", 80, "/x?y=http://b/"), "a.example"),
        ("HTTP://A.Example.:8080", AbsoluteUrl("http", "a.example", 8080, "/"), "a.example:8080"),
        ("https://a.example?x", AbsoluteUrl("https", "a.example", 443, "/?x"), "a.example"),
        ("http://a.example:80/", AbsoluteUrl("http", "a.example", 80, "/"), "a.example"),
        ("http://[::1]/", AbsoluteUrl("http", "::1", 80, "/"), "[::1]"),
        ("http://[::1]:81/", AbsoluteUrl("http", "::1", 81, "/"), "[::1]:81"),
    ],
)
def test_host_port_and_path_are_read(target: str, read: AbsoluteUrl, authority: str) -> None:
    assert AbsoluteUrl.read(target) == read
    assert read.authority == authority


@for_each(
    "target",
    [
        *("/x", "*", "", "ftp://a.example/", "//a.example/", "http:a.example"),
        *("http://user@a.example/", "http://user:pass@a.example/", "http:///x", "http://a.example:/", "http://a.example:0/"),
        *("http://a.example:99999/", "http://2130706433/", "http://127.1/", "http://::1/", "http://a b/", "http://a.example#x"),
    ],
)  # fmt: skip
def test_anything_else_is_none(target: str) -> None:
    assert AbsoluteUrl.read(target) is None

"""Where a lab's proxy may lead to."""

from __future__ import annotations

from gateway.lab.tunnels import is_listed, not_listed
from tests.harness.for_each import for_each


@for_each(
    ("host", "port", "allowed"),
    [
        ("tv.example", 443, True),
        ("tv.example", 80, False),
        ("x.tv.example", 443, False),
        ("tv.example.evil", 443, False),
        ("", 443, False),
        ("cdn.example", 443, True),
        ("a.b.cdn.example", 443, True),
        ("a.cdn.example", 80, False),
        ("evilcdn.example", 443, False),
        ("cdn.example.evil", 443, False),
        ("93.184.216.34", 8443, True),
        ("93.184.216.35", 8443, False),
        ("2606:4700::1111", 443, True),
    ],
)
def test_a_tunnel_is_listed_by_host_and_port(host: str, port: int, allowed: bool) -> None:
    listed = {("tv.example", 443), (".cdn.example", 443), ("93.184.216.34", 8443), ("2606:4700::1111", 443)}
    assert is_listed(host, port, listed) is allowed


def test_what_is_not_listed_is_said_with_the_key_that_would_list_it() -> None:
    assert not_listed("::1", 443).message == "This proxy does not connect to [::1]:443. Add it to lab.proxy.tunnel."

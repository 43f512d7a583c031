"""Where a lab's proxy may open a tunnel to."""

from __future__ import annotations

from gateway.lab.tunnels import is_listed, reachable
from tests.harness.for_each import for_each


@for_each(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # it is refused
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::",
        "::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "2002:7f00:1::",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2001:0:a00:1::1",
        "2001:db8::1",
        "nonsense",
        "",
        "2130706433",
        "0x7f.1",
    ],
)
def test_no_tunnel_leads_inside(address: str) -> None:
    assert reachable([address]) == []


def test_of_several_addresses_the_public_ones_are_left() -> None:
    found = reachable(["127.0.0.1", "93.184.216.34", "2606:2800:220:1::1", "10.0.0.1"])
    assert [str(address) for address in found] == ["93.184.216.34", "2606:2800:220:1::1"]


@for_each(
    ("host", "port", "allowed"),
    [
        ("tv.example", 443, True),
        ("TV.Example.", 443, True),
        ("tv.example", 80, False),
        ("x.tv.example", 443, False),
        ("tv.example.evil", 443, False),
        ("", 443, False),
    ],
)
def test_a_tunnel_is_listed_by_host_and_port(host: str, port: int, allowed: bool) -> None:
    assert is_listed(host, port, {("tv.example", 443)}) is allowed

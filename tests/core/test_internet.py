"""Which addresses are hosts of the public internet."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.internet import is_on_the_internet
from tests.harness.for_each import for_each


@for_each(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "::1"),  # loopback
        *("0.0.0.0", "::"),  # this host
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fd00::1", "fec0::1"),  # private
        *("169.254.0.1", "fe80::1", "fe80::1%eth0"),  # link-local
        *("169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254"),  # metadata
        "100.64.0.1",  # shared by a carrier's customers
        *("224.0.0.1", "239.255.255.255", "ff02::1", "255.255.255.255", "240.0.0.1"),  # many, or nobody
        *("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1", "198.18.0.1"),  # documentation, benchmarks
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe"),  # IPv4-mapped
        *("::127.0.0.1", "::808:808"),  # IPv4-compatible
        *("64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::a00:1"),  # NAT64
        *("2002:7f00:1::", "2002:808:808::1", "192.88.99.1"),  # 6to4
        "2001:0:a00:1::1",  # Teredo
        *("", "nonsense", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[2606:4700::1]"),  # no address
        "2606:4700::1111%eth0",  # a zone
    ],
)  # fmt: skip
def test_an_address_of_inside_is_not_on_the_internet(address: str) -> None:
    assert not is_on_the_internet(address)


@for_each(
    "address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001:82a::200e"]
)
def test_a_host_of_the_internet_is(address: str) -> None:
    assert is_on_the_internet(address)


@given(st.ip_addresses())
def test_whatever_python_takes_for_special_is_not_on_the_internet(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    special = not address.is_global or address.is_multicast or address.is_reserved or address.is_link_local
    assert not (special and is_on_the_internet(str(address)))

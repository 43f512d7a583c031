"""Lines for a router, which the real nft reads where the machine lets it."""

from __future__ import annotations

import ipaddress
import shutil
import subprocess

import pytest
from msgspec.structs import replace

from gateway.lab.redirects import Redirect, redirect_lines

BOTH = (ipaddress.ip_address("192.168.0.2"), ipaddress.ip_address("fd00::2"))
LAB = Redirect(
    devices=(ipaddress.ip_network("192.168.0.0/24"), ipaddress.ip_network("fd00::/64")),
    destinations=(ipaddress.ip_address("203.0.113.1"), ipaddress.ip_address("2001:db8::1")),
    gateway=(ipaddress.ip_address("192.168.0.2"),),
    ports={443: 8443, 80: 8080},
)


def test_nftables_lead_the_devices_to_the_gateway_and_leave_the_gateway_alone() -> None:
    lines = redirect_lines(LAB, "nftables").splitlines()
    assert (
        "    ip saddr { 192.168.0.0/24 } ip saddr != 192.168.0.2 ip daddr @api4 tcp dport 443 dnat ip to 192.168.0.2:8443"
        in lines
    )
    assert "  set api4 { type ipv4_addr; elements = { 203.0.113.1 }; }" in lines


def test_iptables_lead_the_devices_to_the_gateway_and_leave_the_gateway_alone() -> None:
    lines = redirect_lines(LAB, "iptables").splitlines()
    assert "iptables -t nat -A PASS_GATEWAY -s 192.168.0.2 -j RETURN" in lines
    assert (
        "iptables -t nat -A PASS_GATEWAY -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 192.168.0.2:8080"
        in lines
    )
    assert not any("2001:db8" in line or "fd00" in line for line in lines), "the gateway has no IPv6 address here"


def test_both_families_are_led_at_once_where_the_gateway_has_both() -> None:
    lines = redirect_lines(replace(LAB, gateway=BOTH), "nftables").splitlines()
    assert [line.split("dnat ")[1] for line in lines if "dnat " in line] == [
        "ip to 192.168.0.2:8443", "ip to 192.168.0.2:8080", "ip6 to [fd00::2]:8443", "ip6 to [fd00::2]:8080",
    ]  # fmt: skip
    lines = redirect_lines(replace(LAB, gateway=BOTH), "iptables").splitlines()
    assert [line for line in lines if "443" in line] == [
        "iptables -t nat -A PASS_GATEWAY -d 203.0.113.1 -p tcp --dport 443 -j DNAT --to-destination 192.168.0.2:8443",
        "ip6tables -t nat -A PASS_GATEWAY -d 2001:db8::1 -p tcp --dport 443 -j DNAT --to-destination [fd00::2]:8443",
    ]


def test_the_real_nft_reads_it() -> None:
    if (nft := shutil.which("nft")) is None:
        pytest.skip("nftables is not installed")
    read = subprocess.run(  # ours
        [nft, "--check", "-f", "-"],
        input=redirect_lines(replace(LAB, gateway=BOTH), "nftables"),
        capture_output=True,
        text=True,
        check=False,
    )
    if "Operation not permitted" in read.stderr or "Protocol not supported" in read.stderr:
        pytest.skip("the machine has no nftables for us")
    assert read.returncode == 0, read.stderr

"""A proxy connects to an address that was judged, and to no other."""

from __future__ import annotations

import asyncio
import socket

import pytest

from gateway.lab import dialling as module
from gateway.lab.dialling import Dialler, may_be_reached
from gateway.lab.tunnels import ProxyRefusedError
from tests.harness.for_each import for_each

NAMES = {
    "loopback.example": ["127.0.0.1", "::1"],
    "metadata.example": ["169.254.169.254"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "nobody.example": [],
}


async def look_up(host: str) -> list[str]:
    if host not in NAMES:
        raise socket.gaierror
    return NAMES[host]


@for_each(
    ("host", "code"),
    [
        ("loopback.example", "proxy_inside"),
        ("metadata.example", "proxy_inside"),
        ("mapped.example", "proxy_inside"),
        ("127.0.0.1", "proxy_inside"),
        ("::1", "proxy_inside"),
        ("fe80::1%eth0", "proxy_inside"),
        ("nobody.example", "proxy_no_address"),
        ("unknown.example", "proxy_no_address"),
    ],
)
async def test_a_host_that_leads_inside_is_not_connected_to(host: str, code: str) -> None:
    with pytest.raises(ProxyRefusedError) as refused:
        await Dialler(look_up).connect(host, 443)
    assert refused.value.refusal.code == code


async def test_of_several_addresses_the_allowed_ones_are_left() -> None:
    async def several(_: str) -> list[str]:
        return ["127.0.0.1", "93.184.216.34", "10.0.0.1", "2606:2800:220:1::1"]

    assert await Dialler(several).addresses("a.example") == ["93.184.216.34", "2606:2800:220:1::1"]


async def test_what_dns_says_after_the_check_does_not_matter() -> None:
    """Rebinding: the name leads elsewhere as soon as it was looked up; the address that was judged is connected to."""
    answers = [["127.0.0.2"], ["127.0.0.3"]]

    async def rebinding(_: str) -> list[str]:
        return answers.pop(0)

    with socket.create_server(("127.0.0.2", 0)) as judged:
        port = judged.getsockname()[1]
        connected = await Dialler(rebinding, may=lambda address: address == "127.0.0.2").connect("a.example", port)
        assert connected.getpeername() == ("127.0.0.2", port)
        connected.close()
    assert answers == [["127.0.0.3"]]
    with pytest.raises(ProxyRefusedError, match="proxy_unreached"):
        await Dialler(rebinding, may=lambda _: True).connect("a.example", port)


async def test_a_name_that_is_long_in_being_found_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_: str) -> list[str]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(module, "SECONDS", 0.01)
    with pytest.raises(ProxyRefusedError, match="proxy_timeout"):
        await Dialler(never).connect("a.example", 443)


def test_an_address_of_this_machine_is_not_reached_though_it_looks_public(monkeypatch: pytest.MonkeyPatch) -> None:
    assert may_be_reached("93.184.216.34")
    monkeypatch.setattr(module, "is_of_this_machine", lambda _: True)
    assert not may_be_reached("93.184.216.34")

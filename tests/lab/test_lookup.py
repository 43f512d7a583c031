"""The gateway finds its upstreams past its own resolver."""

from __future__ import annotations

import pytest

from gateway.lab.lookup import LookUp
from tests.lab.test_resolver import HOST, elsewhere


async def test_a_host_of_the_lab_is_asked_of_the_resolvers_behind_and_another_is_not() -> None:
    async with elsewhere() as (asked, server):
        look_up = LookUp([HOST], [server])
        assert await look_up(HOST.upper()) == ["203.0.113.9"]
        assert asked.asked
        assert await look_up("other.example") is None


async def test_a_host_without_an_address_is_an_error_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.lab.lookup.SECONDS", 0.05)
    with pytest.raises(OSError, match=r"LifetimeTimeout|NoNameservers"):
        await LookUp([HOST], [("127.0.0.1", 9)])(HOST)

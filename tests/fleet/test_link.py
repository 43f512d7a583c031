"""The way to Redis: over TLS, with a password, and never longer than an exchange may wait."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.core.model import Exchange, Request
from gateway.fleet.address import RedisAddress
from gateway.fleet.member import FleetPlace, Member
from gateway.fleet.outage import OutageError
from gateway.fleet.patience import Began, Patience
from tests.fleet.farm import NEEDS_REDIS, RedisServer
from tests.harness.certificate import PEM
from tests.harness.ports import free_port

LATE = 0.2


def member_at(address: RedisAddress, timeout: float = 5.0) -> tuple[Member, list[str]]:
    """Return a gateway's part in a fleet, and what it warns of."""
    warned: list[str] = []
    place = FleetPlace(address, "lab", "lab-1", timeout, "local")
    return Member(place, bytes(32), lambda event, **_: warned.append(event)), warned


async def said(warned: list[str], event: str) -> None:
    """Wait for a warning."""
    async with asyncio.timeout(20):
        while event not in warned:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.02)


async def test_a_timer_that_comes_late_waits_once_more() -> None:
    """Then this process was held up, and what it waits for may be there already."""
    loop = asyncio.get_running_loop()
    over: list[float] = []
    Patience(loop, 0.01, lambda: over.append(loop.time()))
    time.sleep(0.25)  # noqa: ASYNC251  # that is the point
    await asyncio.sleep(0.01)
    assert over == []
    await asyncio.sleep(0.3)
    assert len(over) == 1
    cancelled = Patience(loop, 0.0, lambda: over.append(0.0))
    cancelled.cancel()
    await asyncio.sleep(0.01)
    assert len(over) == 1


@pytest.mark.long
@NEEDS_REDIS
async def test_an_exchange_waits_so_long_for_all_its_steps_and_no_longer(tmp_path: Path) -> None:
    redis = RedisServer(tmp_path)
    await asyncio.to_thread(redis.start)
    member, warned = member_at(RedisAddress(redis.url), LATE)
    state = member.state
    try:
        await member.start(b"key")
        assert await state.advance("cursor", 5, "last") == 0
        Began().began(Exchange("x-1", Request("GET", "/")))
        redis.pause()
        began = time.monotonic()
        turns = [await state.advance("cursor", 5, "last") for _ in range(3)]
        waited = time.monotonic() - began
        assert turns == [1, 2, 3], "by its own copy"
        assert LATE * 0.9 <= waited < LATE + 1
        await said(warned, "fleet out of reach")
        began = time.monotonic()
        assert await state.advance("cursor", 5, "last") == 4
        assert time.monotonic() - began < LATE / 2, "who knows that Redis is away waits no more"
        redis.go_on()
        await said(warned, "fleet joined again")
        Began().began(Exchange("x-2", Request("GET", "/")))
        assert await state.advance("another", 5, "last") == 0
        assert await state.advance("cursor", 6, "last") == 5, "its own count is a floor"
        with pytest.raises(OutageError):
            await member.link.do(("GET", "x"), within=0.0)
    finally:
        redis.go_on()
        await member.aclose()
        redis.kill()


@pytest.mark.long
@NEEDS_REDIS
@pytest.mark.parametrize(
    ("password", "trusts", "why"),
    [("secret", True, ""), ("wrong", True, "Redis refuses the password"), ("secret", False, "Redis does not answer")],
)
async def test_redis_is_asked_over_tls_and_with_a_password(
    tmp_path: Path, password: str, trusts: bool, why: str
) -> None:
    (tmp_path / "both.pem").write_text(PEM)
    port = free_port()
    options: list[Any] = [
        "--port",
        "0",
        "--tls-port",
        str(port),
        "--tls-auth-clients",
        "no",
        "--requirepass",
        "secret",
        "--save",
        "",
    ]
    files: list[Any] = [
        "--tls-cert-file",
        tmp_path / "both.pem",
        "--tls-key-file",
        tmp_path / "both.pem",
        "--dir",
        tmp_path,
    ]
    process = subprocess.Popen(  # noqa: ASYNC220, S603  # the program that is tested with
        [shutil.which("redis-server") or "", *options, *files], stdout=subprocess.DEVNULL
    )
    authorities = str(tmp_path / "both.pem") if trusts else None
    member, _ = member_at(RedisAddress(f"rediss://localhost:{port}", None, password, authorities))
    try:
        async with asyncio.timeout(20):
            while True:
                await member.link.start()
                if member.outage.why != "Redis does not answer" or not trusts:
                    break
                await asyncio.sleep(0.1)  # until it listens
        assert member.outage.is_on == bool(why)
        assert member.outage.why == why
        if not why:
            assert await member.state.advance("cursor", 5, "last") == 0
    finally:
        await member.aclose()
        process.kill()
        process.wait()

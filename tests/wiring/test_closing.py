"""What is closed at the end: the last first, all of it, within a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.config import load
from gateway.core.model import Request, Response
from gateway.exchanges.observers import Observers
from gateway.transports.upstream import Upstream
from gateway.wiring import upstreams
from gateway.wiring.assembly import assemble
from gateway.wiring.closing import Closing
from tests.harness.lab import Witness
from tests.harness.sockets import PATIENCE


class Parts:
    """Parts that note when they are closed."""

    def __init__(self) -> None:
        self.closed: list[str] = []

    def part(self, name: str, then: Callable[[], Awaitable[object]] | None = None) -> Callable[[], Awaitable[None]]:
        async def close() -> None:
            self.closed.append(name)
            if then is not None:
                await then()

        return close


async def fails() -> None:
    raise ValueError


async def never_ends() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("trouble", [None, fails, never_ends])
async def test_all_is_closed_and_the_last_made_first(trouble: Callable[[], Awaitable[object]] | None) -> None:
    """A client's request for a token is waited for before the upstream that it goes to is closed, whatever becomes of it."""
    parts, witness = Parts(), Witness()
    closing = Closing(witness.warn)
    closing.add(parts.part("redactor", trouble))
    closing.add(parts.part("upstream", trouble))
    closing.add(parts.part("client", trouble))
    await asyncio.wait_for(closing.aclose(0.0), PATIENCE)
    assert parts.closed == ["client", "upstream", "redactor"]
    told = [(warning["event"], warning["error"]) for warning in witness.warnings]
    assert told == ([("closing failed", "ValueError")] * 3 if trouble is fails else [])


async def test_to_be_cancelled_closes_the_rest_all_the_same() -> None:
    parts = Parts()
    closing = Closing(Witness().warn)
    closing.add(parts.part("last"))
    closing.add(parts.part("first", never_ends))
    task = asyncio.create_task(closing.aclose(PATIENCE))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert parts.closed == ["first", "last"]


async def test_what_would_do_nothing_does_not_count() -> None:
    running = False
    closing = Closing(Witness().warn)
    assert closing.is_idle
    closing.add(fails, idle=lambda: not running)
    assert closing.is_idle
    running = True
    assert not closing.is_idle


class Broken:
    """An upstream that cannot be closed."""

    connections = 3

    async def send(self, _: Request) -> Response:
        return Response(200, "OK", source="upstream")

    async def aclose(self) -> None:
        raise OSError


async def test_an_upstream_that_cannot_be_closed_keeps_no_other_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is a Transport is one: nothing asks for its class."""
    monkeypatch.chdir(tmp_path)
    closed: list[str] = []
    made = upstreams.transport_to

    async def close(self: Upstream) -> None:
        closed.append("other")
        await self._pool.aclose()

    monkeypatch.setattr(Upstream, "aclose", close)
    monkeypatch.setattr(
        upstreams, "transport_to", lambda config, name, *_: Broken() if name == "broken" else made(config, name)
    )
    places = {name: {"origin": f"http://{name}.example:1"} for name in ("broken", "other")}
    witness = Witness()
    config = load(None, {}, {"mode": "passthrough", "upstream": "other", "upstreams": places})
    gateway = assemble(config, {}, lambda *_: Observers([witness]))
    assert gateway.holds_nothing is False
    for name in ("other", "broken"):
        await gateway._parts.upstreams.send(Request("GET", "/", upstream=name))
    assert gateway.upstream_connections == 3
    await gateway.close(1.0)
    assert closed == ["other"]
    assert [(warning["event"], warning["error"]) for warning in witness.warnings] == [("closing failed", "OSError")]

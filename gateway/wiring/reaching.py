"""Tests whether the gateway reaches an upstream: opens a connection, sends nothing, and remembers the result for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.config import Config
from gateway.lab.self_check import Reach
from gateway.transports.upstream import Upstream
from gateway.wire.pool import Way
from gateway.wiring.resolving import look_up_of
from gateway.wiring.upstreams import transport_to

if TYPE_CHECKING:
    from collections.abc import Awaitable

KEPT_SECONDS = 30.0
"""How many seconds a result is remembered, so that reloading a page does not connect each time."""


class Reaching:
    """Tests each upstream of a configuration, and remembers the results for a while."""

    def __init__(
        self,
        config: Callable[[], Config],
        leads_here: Callable[[str, int], bool],
        clock: Callable[[], float] = time.monotonic,
        ask: Callable[[Config, str, Way], Awaitable[str]] | None = None,
    ) -> None:
        self._config = config
        self._leads_here = leads_here
        self._clock = clock
        self._ask = ask or _why_unreachable
        self._known: dict[str, tuple[float, Config, Reach]] = {}
        """The results, by name of the upstream. The configuration bounds their number."""
        self._asking = asyncio.Lock()

    async def __call__(self, name: str) -> Reach:
        """Return whether the gateway reaches an upstream. In a replay, and for the emulator, no connection is made."""
        config = self._config()
        origin = config.upstreams[name].origin
        if config.mode == "replay":
            return Reach("open", "mode replay needs no upstream")
        if origin.is_built_in:
            return Reach("open", f"upstream {name} is the built-in emulator: it needs no connection")
        async with self._asking:
            at, of, reach = self._known.get(name, (0.0, None, Reach("open", "")))
            if of is not config or self._clock() - at > KEPT_SECONDS:
                why = await self._ask(config, name, Way(look_up_of(config), self._leads_here))
                secured = " with TLS" if origin.scheme == "https" else ""
                reach = Reach("no", why) if why else Reach("yes", f"upstream {name}, {origin}: connected{secured}")
                self._known = {kept: value for kept, value in self._known.items() if value[1] is config}
                self._known[name] = self._clock(), config, reach
        return reach


async def _why_unreachable(config: Config, name: str, way: Way) -> str:
    upstream = transport_to(config, name, way=way)
    assert isinstance(upstream, Upstream)  # noqa: S101  # the other kind is the built-in emulator
    try:
        return await upstream.why_unreachable()
    finally:
        await upstream.aclose()

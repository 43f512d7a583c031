"""The facts on the lab's pages, from the present configuration: about the lab, and about the device whose browser asks."""

from __future__ import annotations

import time
from asyncio import to_thread
from collections.abc import Callable

from gateway.config import Config
from gateway.config.to_core import forwarded_of, named_devices_of
from gateway.core.headers import parse_address
from gateway.core.model import Request
from gateway.lab.authority import load_public
from gateway.lab.pages import PageFacts
from gateway.lab.self_check import WHY, SelfCheck
from gateway.wiring.lab import lab_hosts
from gateway.wiring.proxying import pac_url
from gateway.wiring.reaching import Reaching
from gateway.wiring.upstreams import is_public

_UNLIKE = {
    "append": "forwarded_for.mode is append: the app's value, and the address of the app's peer",
    "off": "forwarded_for.mode is off: the app's own value",
}


class LabFacts:
    """Collects the facts for the pages."""

    def __init__(
        self,
        config: Callable[[], Config],
        base: str,
        ports: tuple[int, int | None],
        leads_here: Callable[[str, int], bool],
    ) -> None:
        """`ports`: the port of the pages, and the port of the first listener with TLS."""
        self._config = config
        self._base = base
        self._ports = ports
        self._reaching = Reaching(config, leads_here)

    async def of_page(self) -> PageFacts:
        """Return the facts that every page needs."""
        config = self._config()
        authority = await to_thread(load_public, config.lab.folder)
        return PageFacts(
            self._base, config.lab.names, authority, {*lab_hosts(config)} - {*config.lab.names}, pac_url(config)
        )

    async def of_device(self, request: Request, peer: str) -> SelfCheck:
        """Return the self-check: the gateway's facts about the device whose browser asks."""
        config = self._config()
        forwarded = forwarded_of(config)
        address = forwarded.address(request.headers, peer)
        named = named_devices_of(config).of(request, address)
        upstream = (named.upstream if named is not None else "") or config.upstream
        told, why = forwarded.told(parse_address(address), named.public_address if named is not None else "")
        said = WHY[why]
        if forwarded.mode != "replace":
            told, said = "", _UNLIKE[forwarded.mode]
        return SelfCheck(
            address=address,
            device=named.name if named is not None else "",
            told=told,
            why=said,
            is_private=bool(told) and why == "private" and config.mode != "replay" and is_public(config, upstream),
            hosts=_asked_hosts(config, upstream),
            addresses=tuple(map(str, config.lab.address)),
            http_port=self._ports[0],
            https_port=self._ports[1],
            reach=await self._reaching(upstream),
            now=time.time(),
            has_resolver=config.lab.dns is not None,
            has_proxy=config.lab.proxy is not None,
        )


def _asked_hosts(config: Config, upstream: str) -> tuple[str, ...]:
    """Return the hosts that a device calls: its upstream's, other upstreams' if a host selects the upstream, and the gateway's own."""
    every, names = lab_hosts(config), config.lab.names
    own = config.upstreams[upstream].origin.host
    first = own if own in every else every[0]
    others = [host for host in every if host not in names] if config.route_by_host else []
    return tuple(dict.fromkeys([first, *others, *names[:1]]))

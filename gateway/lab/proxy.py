"""The lab's explicit proxy. The gateway answers requests for the lab's hosts, passes on requests for listed hosts, and refuses all others.

Facts
-----
* A client asks a proxy for https with CONNECT (`tunnelling.py`), and for http with an absolute URL in place of a path (RFC 9112
  section 3.2.2). One connection may ask for several hosts, so each message is checked.
* The client must be in a private network. `tunnels.py` says which other hosts the proxy may reach.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from time import monotonic
from typing import Any, Protocol

from msgspec.structs import replace

from gateway.core.errors import gateway_error
from gateway.core.headers import bare_host
from gateway.core.hostport import host_port
from gateway.core.model import Headers, Peer, Request, Response
from gateway.lab.absolute_url import AbsoluteUrl
from gateway.lab.dialling import Dialler
from gateway.lab.pac import MEDIA_TYPE, PATH
from gateway.lab.proxy_terms import ProxyCounts, ProxyTerms
from gateway.lab.tunnelling import Tunnelling
from gateway.lab.tunnels import NOT_PLAIN, ProxyRefusedError
from gateway.wire.handler import AwaitingApp, Handler, ToWrite, WholeToWrite
from gateway.wire.reading import METHODS


class HostSender(Protocol):
    """Sends requests to one host."""

    async def send(self, request: Request) -> Response:
        """Return the host's answer, or the gateway's own error."""

    async def aclose(self) -> None:
        """Close its connections."""


class Proxy:
    """The handler of a listener with the proxy. It wraps the handler that all listeners share."""

    def __init__(
        self,
        inner: Handler,
        terms: ProxyTerms,
        *,
        dialler: Dialler,
        pages: Callable[[], Handler | None] = lambda: None,
        sender: Callable[[str, int, Sequence[str]], HostSender],
        say: Callable[..., None],
    ) -> None:
        """`sender` makes a sender for a host, a port and the host's addresses. `say` writes a line of the log.

        `pages` returns the handler for requests under the gateway's own names; None: `inner` answers them.
        """
        self.terms = terms
        """The settings for the next message and the next connection. A reload replaces them."""
        self.counts = ProxyCounts()
        self.tunnels = Tunnelling(lambda: self.terms, dialler, self.counts, warn=inner.warn, say=say)
        self._inner = inner
        self._dialler = dialler
        self._pages = pages
        self._sender = sender
        self._say = say

    @property
    def max_head(self) -> int:
        """Largest size of a message's first line and fields, in bytes."""
        return self._inner.max_head

    def at_once(
        self, received: Request, peer: Peer, app: AwaitingApp
    ) -> WholeToWrite | Coroutine[Any, Any, ToWrite] | None:
        """Answer a message for the lab's hosts without a task. None if that is not possible."""
        return (
            self._inner.at_once(received, peer, app)
            if received.target.startswith("/") and not self._is_for_pac(received)
            else None
        )

    async def answer(self, received: Request, peer: Peer) -> ToWrite:
        """Return the gateway's reply for a host of the lab, or the reply of a listed host."""
        url = AbsoluteUrl.read(received.target)
        asked = _in_origin_form(received, url) if url is not None and self._is_own(url) else received
        if self._is_for_pac(asked):
            return _Told(_pac_file(self.terms.pac))
        if url is None or asked is not received:
            pages = self._pages() if url is not None and url.host not in self.terms.hosts else None
            return await (pages or self._inner).answer(asked, peer)
        method = received.method if received.method.encode() in METHODS else ""
        try:
            if url.scheme != "http":
                raise ProxyRefusedError(NOT_PLAIN)  # noqa: TRY301  # answered like the other refusals
            self.terms.demand_listed((url.host, url.port))
            addresses = await self._dialler.addresses(url.host)
        except ProxyRefusedError as error:
            self.counts.tell(self._inner.warn, peer.address, method, error.refusal, (url.host, url.port))
            return _Told(gateway_error(*error.refusal), last=True)
        about = {"peer": peer.address, "to": host_port(url.host, url.port), "method": method}
        sender = self._sender(url.host, url.port, addresses)
        asked = _in_origin_form(received, url)
        asked = replace(asked, headers=asked.headers.without("Expect"))  # the wire has answered it
        return await self._forwarded(asked, sender, about)

    def warn(self, event: str, **about: object) -> None:
        """Pass on a warning of the wire."""
        self._inner.warn(event, **about)

    async def finish(self, grace: float) -> None:
        """Wait until the tunnels have ended, at most `grace` seconds. The inner handler is not finished here; its maker does it."""
        await self.tunnels.finish(grace)

    def _is_own(self, url: AbsoluteUrl) -> bool:
        return self.terms.is_own(url.host) or (url.scheme == "http" and (url.host, url.port) in self.terms.addresses)

    def _is_for_pac(self, asked: Request) -> bool:
        if asked.path != PATH or asked.method not in {"GET", "HEAD"}:
            return False
        return bare_host(asked.headers.get("Host")) not in self.terms.hosts

    async def _forwarded(self, request: Request, sender: HostSender, about: dict[str, str]) -> ToWrite:
        """Pass on a request, and log it when its answer has been written."""
        began = monotonic()
        self.counts.forwarded += 1
        try:
            response = await sender.send(request)
        except BaseException:
            await sender.aclose()
            raise

        async def ended() -> None:
            if not isinstance(response.body, bytes):
                await response.body.aclose()
            await sender.aclose()
            self._say("forwarded", **about, status=response.status, seconds=round(monotonic() - began, 3))

        return _Told(response, ended)


class _Told:
    """A reply that belongs to no exchange."""

    def __init__(
        self, response: Response, ended: Callable[[], Awaitable[None]] | None = None, *, last: bool = False
    ) -> None:
        self.response = response
        self.last = last
        self._ended = ended

    async def ended(self) -> None:
        if self._ended is not None:
            await self._ended()


def _in_origin_form(received: Request, url: AbsoluteUrl) -> Request:
    """Return the request with a path as its target. The URL's host replaces the Host field (RFC 9112 section 3.2.2)."""
    return replace(received, target=url.path, headers=received.headers.with_("Host", url.authority))


def _pac_file(text: str) -> Response:
    body = text.encode()
    fields = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    return Response(200, "OK", Headers.of(fields), body)

"""Warns once for each device whose private address would be sent to Adobe. Adobe throttles by this address.

Facts
-----
* Behind a home's router, every device has a private address, such as 192.168.0.7. Adobe throttles by X-Forwarded-For
  (throttling-mechanism page), and thousands of homes use the same private address.
* `forwarded_for.fallback` is a public address that is sent in place of a private one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from gateway.core.asking import Ask, Asker, OnItsWay, ask_of
from gateway.core.bounded import Bounded
from gateway.core.headers import parse_address
from gateway.core.model import Headers, Request, Response, Send
from gateway.core.state import SharedState

PRIVATE = "private X-Forwarded-For"
WHY = "Adobe throttles by this address, and devices of other homes have the same one; set"
OTHERWISE = "forwarded_for.pool, or forwarded_for.fallback to the public address of this network"


class Addressed:
    """A `send` that checks the address first."""

    def __init__(
        self,
        send: Send,
        *,
        is_public: Callable[[str], bool],
        state: SharedState,
        warn: Callable[..., None],
        named: Collection[str] = (),
    ) -> None:
        """`is_public`: whether the upstream of a name is on the internet. An upstream in this network may get any address.

        `named` are the devices that the configuration names.
        """
        self._named = named
        self._send = send
        self._is_public = is_public
        self._state = state
        self._warn = warn
        self._private: Bounded[Headers, bool] = Bounded(
            "fields with private addresses", 2 << 20, longest=1 << 14, size=_size, regulars=True
        )
        """For header fields: whether their address is private. A device sends the same fields to one target after another."""

    def asking(self, request: Request) -> Ask | None:
        """Return the `asking` of the sender behind, which then checks the address first."""
        behind = ask_of(self._send, request)
        if behind is None or not (self._is_private(request) and self._is_public(request.upstream)):
            return behind
        ask = behind

        def say_and_ask(asker: Asker) -> OnItsWay | None:
            self._say(asker.outbound)
            return ask(asker)

        return say_and_ask

    def send(self, request: Request) -> Awaitable[Response]:
        """Send a request."""
        if self._is_private(request) and self._is_public(request.upstream):
            self._say(request)
        return self._send(request)

    def _is_private(self, request: Request) -> bool:
        private: bool | None = self._private.get(request.headers)
        if private is None:
            value = request.headers.get("X-Forwarded-For")
            address = parse_address(value) if value else None
            private = address is not None and not address.is_global
            self._private.put(request.headers, private)
        return private

    def _say(self, request: Request) -> None:
        device = request.device
        self._state.once(PRIVATE, device.key or request.client, lambda: self._warn_of(device.name))

    def _warn_of(self, name: str) -> None:
        key = f"devices.{name}.public_address" if name in self._named else "a public_address (name it)"
        self._warn(PRIVATE, device=name, hint=f"{WHY} {key}, {OTHERWISE}")


def _size(headers: Headers, _: bool) -> int:  # every size gets key and value
    return 400 + headers.size + 150 * len(headers)

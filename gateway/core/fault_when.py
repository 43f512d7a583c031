"""Conditions of a fault: which requests, which calls of a device, how likely, how often, and when."""

from __future__ import annotations

import re
from typing import Annotated, Any, NamedTuple, TypeAlias

from msgspec import Struct, field

from gateway.core.adobe.routes import RoutePattern
from gateway.core.devices import device_identifier
from gateway.core.fault_options import Count, Seconds, Seed, Share
from gateway.core.model import Request
from gateway.core.options import AsWritten

MOST_CALLS = 1_000_000
_RANGE = re.compile(r"([0-9]{1,7})(?:\.\.([0-9]{0,7}))?")


class Calls(NamedTuple):
    """Some of a device's calls, by their numbers from 1."""

    first: int
    last: int

    def __str__(self) -> str:
        if self.first == self.last:
            return str(self.first)
        return f"{self.first}..{self.last if self.last < MOST_CALLS else ''}"


def _calls(value: object) -> tuple[Calls, ...] | None:
    """Read a number, a range such as `3..5` or `3..`, or a list of them; None for anything else."""
    entries = value if isinstance(value, list | tuple) else [value]
    read = [_range(entry) for entry in entries]
    return tuple(entry for entry in read if entry is not None) if read and None not in read else None


def _range(value: object) -> Calls | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    found = _RANGE.fullmatch(str(value).replace(" ", ""))
    if not found:
        return None
    first = int(found[1])
    last = first if found[2] is None else int(found[2] or MOST_CALLS)
    return Calls(first, last) if 1 <= first <= last else None


_ONE: dict[str, Any] = {
    "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^[0-9]+(\.\.[0-9]*)?$"}]
}
WhichCalls: TypeAlias = Annotated[
    tuple[Calls, ...],
    AsWritten(
        'the number of a call from 1 on, a range such as "3..5" or "3..", or a list of them',
        _calls,
        {"anyOf": [*_ONE["anyOf"], {"type": "array", "items": _ONE, "minItems": 1}]},
    ),
]


class Schedule(Struct, frozen=True):
    """In which seconds of a run a fault happens. The clock starts with the gateway, or when a test asks for the fault."""

    after: Seconds = 0.0
    """Seconds from the start until the fault begins."""
    lasts: Seconds = 0.0
    """Seconds until it is over; 0: it stays."""
    every: Seconds = 0.0
    """Seconds from one begin to the next; 0: it begins once."""

    @property
    def never_ends(self) -> bool:
        """Whether it begins again before it is over, so that `every` means nothing."""
        return bool(self.every) and not 0 < self.lasts < self.every

    def is_on(self, elapsed: float) -> bool:
        """Return whether it is on, so many seconds after the start."""
        into = elapsed - self.after
        if into < 0:
            return False
        if self.every:
            into %= self.every
        return not self.lasts or into < self.lasts


class FaultWhen(Struct, frozen=True):
    """The calls at which a fault happens. A condition is met if one of its entries is met. A missing condition is always met."""

    route: tuple[RoutePattern, ...] = ()
    """Routes of requests, as `METHOD /path`, as in `cassettes.record`."""
    device: tuple[str, ...] = ()
    """Devices, by the identifier that they send, by their address, or by their name in the log."""
    upstream: tuple[str, ...] = ()
    """Upstreams, by name."""
    nth: WhichCalls = ()
    """Numbers of the calls of each device, from 1, among the calls that meet route, device and upstream: 3, "3..5", "3.." or a list."""
    probability: Share = 1.0
    """How likely the fault is at each of these calls, 0 to 1. The draw depends only on seed, device and number of the call."""
    seed: Seed = ""
    """Another seed draws other calls, the same one the same calls in every run; by default each fault of a list has its own."""
    times: Count = 0
    """How often it happens to each device at most; 0: without a bound."""
    schedule: Schedule = field(default_factory=Schedule)
    """The seconds of a run."""

    def meets(self, request: Request) -> bool:
        """Return whether a request is on one of the routes, from one of the devices and for one of the upstreams."""
        return (
            (not self.route or any(route.matches(request.method, request.path) for route in self.route))
            and (not self.upstream or request.upstream in self.upstream)
            and (not self.device or any(_is_of(device, request) for device in self.device))
        )

    def takes(self, nth: int) -> bool:
        """Return whether it is one of these calls of a device."""
        return not self.nth or any(calls.first <= nth <= calls.last for calls in self.nth)


def _is_of(device: str, request: Request) -> bool:
    """Compare bytes: an identifier is read as ISO-8859-1, and a configuration is text."""
    if device in {request.client, request.device.name, request.device.address}:
        return True
    identifier = request.device.identifier or device_identifier(request)
    return bool(identifier) and identifier.encode("latin-1", "replace") == device.encode()

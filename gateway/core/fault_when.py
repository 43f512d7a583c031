"""The conditions of a fault: requests, calls of a device, probability, number of times, and time."""

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
    """The seconds of a run in which a fault may happen. The clock starts with the gateway, or when a test asks for the fault."""

    after: Seconds = 0.0
    """Seconds from the start until the fault begins."""
    lasts: Seconds = 0.0
    """Seconds until the fault ends; 0: it does not end."""
    every: Seconds = 0.0
    """Seconds from one beginning to the next; 0: the fault begins once."""

    @property
    def never_ends(self) -> bool:
        """Whether the fault begins again before it ends. Then `every` has no effect."""
        return bool(self.every) and not 0 < self.lasts < self.every

    def is_on(self, elapsed: float) -> bool:
        """Return whether the fault may happen `elapsed` seconds after the start."""
        into = elapsed - self.after
        if into < 0:
            return False
        if self.every:
            into %= self.every
        return not self.lasts or into < self.lasts


class FaultWhen(Struct, frozen=True):
    """The calls at which a fault happens. A condition is met if one of its entries is met. A missing condition is always met."""

    route: tuple[RoutePattern, ...] = ()
    """Routes of requests, written as `METHOD /path`, like the entries of `cassettes.record`."""
    device: tuple[str, ...] = ()
    """Devices, by the identifier that they send, by their address, or by their name in the log."""
    upstream: tuple[str, ...] = ()
    """Upstreams, by name."""
    nth: WhichCalls = ()
    """Numbers of the calls of each device, from 1, among the calls that meet route, device and upstream: 3, "3..5", "3.." or a list."""
    probability: Share = 1.0
    """How likely the fault is at each of these calls, 0 to 1. The draw depends only on seed, device and number of the call."""
    seed: Seed = ""
    """The same seed draws the same calls in every run, another seed draws others. By default each fault of a list has its own seed."""
    times: Count = 0
    """Largest number of times that the fault happens to each device; 0: no limit."""
    schedule: Schedule = field(default_factory=Schedule)
    """The seconds of a run in which the fault may happen."""

    def meets(self, request: Request) -> bool:
        """Return whether a request is on one of the routes, from one of the devices and for one of the upstreams."""
        return (
            (not self.route or any(route.matches(request.method, request.path) for route in self.route))
            and (not self.upstream or request.upstream in self.upstream)
            and (not self.device or any(_is_of(device, request) for device in self.device))
        )

    def takes(self, nth: int) -> bool:
        """Return whether a device's call with this number is one of `calls`."""
        return not self.nth or any(calls.first <= nth <= calls.last for calls in self.nth)


def _is_of(device: str, request: Request) -> bool:
    """Compare bytes: an identifier is read as ISO-8859-1, and a configuration is text."""
    if device in {request.client, request.device.name, request.device.address}:
        return True
    identifier = request.device.identifier or device_identifier(request)
    return bool(identifier) and identifier.encode("latin-1", "replace") == device.encode()

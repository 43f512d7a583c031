"""Calls for the tests of faults, one after another under one state."""

from __future__ import annotations

from msgspec import Struct, field

from gateway.core.device import Device
from gateway.core.fault import Effect, Fault
from gateway.core.fault_when import FaultWhen
from gateway.core.model import Headers, Request
from gateway.core.planned_fault import PlannedFault
from gateway.core.state import MemoryState

LOGOUT = "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fexample.com"


def request(
    target: str = LOGOUT,
    method: str = "GET",
    body: bytes = b"",
    *,
    device: str = "tv-1",
    key: str | None = None,
    upstream: str = "staging",
    **headers: str,
) -> Request:
    """Return a request of a device; a header's name has `_` for a hyphen. `key` is what tells the device in this run."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    about = Device(f"roku-{device}", key or f"key of {device}", device, "192.168.0.7")
    return Request(
        method, target, Headers.of(fields), body, client="203.0.113.7", device=about, upstream=upstream, id="ab-1"
    )


class Plan(Struct):
    """A fault, asked call by call."""

    fault: Fault
    when: FaultWhen = field(default_factory=FaultWhen)
    key: str = "fault 0"
    state: MemoryState = field(default_factory=MemoryState)

    async def at(self, call: Request, now: float = 0.0) -> Effect | None:
        """Return what becomes of a call at a time; None where the fault is not for it, or does not happen."""
        planned = PlannedFault("it", self.fault, self.when, self.key, 0.0)
        if not planned.meets(call):
            return None
        return await planned.strike(await planned.occasion(call, self.state, now))

    async def hits(self, calls: int, call: Request | None = None) -> list[int]:
        """Return the numbers, from 1, of the calls to which it happens."""
        return [number for number in range(1, calls + 1) if await self.at(call or request()) is not None]

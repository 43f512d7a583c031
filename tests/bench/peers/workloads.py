"""What the systems are asked: rendered requests in a file, and how `load.lua` goes through them."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import shake_256

from gateway.core.model import Request
from tests.bench import traffic

HOUR = 3600
DEVICES = 1_000
CALLS = 20
"""Calls that a device makes with one token."""
UNSEEN = 0.1
"""The probability that a call has a header line that nobody has sent before."""
MOST = 20_000
"""Requests of a list at most: a load generator holds them all."""
NUMBER = "@@@@@@@"
"""What `load.lua` replaces by a number that it has not used before, of as many digits."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What is asked."""

    title: str
    requests: Callable[[], Sequence[Request]]
    """Samples; the first must be answered with the documented answer before anything is measured."""
    mode: str = "list"
    """`list`: in turn, for ever; `once`: to the end of the list; `unique`: in turn, a new number in each; `devices`: a request of
    each device, which gets new tokens and new lines on the way."""


def fresh(asked: Request) -> Request:
    """Return a request whose token is valid now and for two hours: an app's is, and an expired one would fill the log."""
    header, payload, signature = asked.headers["Authorization"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims |= {"nbf": _hour(), "iat": _hour(), "exp": _hour() + 6 * HOUR}
    return Request(
        asked.method,
        asked.target,
        asked.headers.with_("Authorization", f"{header}.{_encoded(json.dumps(claims).encode())}.{signature}"),
        client=asked.client,
        upstream=asked.upstream,
    )


def _hour() -> int:
    return int(time.time()) // HOUR * HOUR


def _encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@cache
def seven() -> tuple[Request, ...]:
    """Return the seven calls of one device."""
    return tuple(fresh(traffic.request(number, 1)) for number in range(7))


@cache
def different(count: int) -> tuple[Request, ...]:
    """Return a request for each target of a cassette of `count`, at most MOST, none near the one that was recorded before it."""
    step = next(step for step in (3_331, 331, 31, 3) if step < count and count % step)
    numbers = [number * step % count for number in range(min(count, MOST))]
    return tuple(fresh(traffic.request(number, number % traffic.DEVICES)) for number in numbers)


@cache
def newcomers(count: int, turn: int) -> tuple[Request, ...]:
    """Return a request for each of `count` targets, each of a device and with a token that come once; another `turn`, other ones."""
    made = []
    for number in range(count):
        asked = fresh(traffic.request(number, 1_000_000 * (turn + 1) + number))
        made.append(asked)
    return tuple(made)


@cache
def devices() -> tuple[Request, ...]:
    """Return a request of each of the 1,000 devices, for one of the seven targets."""
    return tuple(_fresh_each(traffic.request(number % 7, 100 + number)) for number in range(DEVICES))


def _fresh_each(asked: Request) -> Request:
    """Return a request whose token `load.lua` can renew: the number that it puts into the signature makes another line."""
    asked = fresh(asked)
    token = asked.headers["Authorization"]
    return Request(
        asked.method,
        asked.target,
        asked.headers.with_("Authorization", token[: -len(NUMBER)] + NUMBER),
        client=asked.client,
        upstream=asked.upstream,
    )


@cache
def deletes() -> tuple[Request, ...]:
    """Return v1 logouts of seven devices of one app."""
    made = []
    for number, asked in enumerate(seven()):
        name = shake_256(b"device %d" % number).hexdigest(16)
        target = f"/api/v1/logout?requestor=REF30&deviceId={name}"
        made.append(Request("DELETE", target, asked.headers, client=asked.client, upstream=asked.upstream))
    return tuple(made)


@cache
def unmet() -> tuple[Request, ...]:
    """Return requests of twenty devices, for targets that `load.lua` makes up."""
    return tuple(_unmet(fresh(entry)) for entry in traffic.requests(20)[1:])


def _unmet(asked: Request) -> Request:
    target = asked.target[: asked.target.index("Mvpd")] + "Mvpd" + NUMBER + asked.target[asked.target.index("?") :]
    return Request(asked.method, target, asked.headers, client=asked.client, upstream=asked.upstream)


SEVEN = Workload("the same device's 7 calls", seven)
THOUSAND_DEVICES = Workload("1,000 devices", devices, "devices")
DELETES = Workload("DELETE", deletes)
UNMET = Workload("different targets", unmet, "unique")


@cache
def targets(count: int) -> Workload:
    """Return a workload of the targets of a cassette of `count`, asked in turn."""
    if count == 7:
        return SEVEN
    title = f"{count:,} different targets" if count <= MOST else f"{MOST:,} targets of {count:,}"
    return Workload(title, lambda: different(count))


def on_the_wire(requests: Sequence[Request]) -> str:
    """Return requests as a load generator's file holds them."""
    return "".join(traffic.on_the_wire(asked) for asked in requests)

"""The emulator's words as frozen values: what comes in, what goes out, and what is remembered between the two.

Facts
-----
* Text from the wire is ISO-8859-1 here: one character for each byte, so that nothing a client sends can fail to decode.
* A handler is pure. The clock is `Call.now`, chance is `Call.digest`, memory is a `LoggedOut` that is handed in and handed back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl

from msgspec import Struct

if TYPE_CHECKING:
    from gateway.emulator.catalogue import Catalogue

LoggedOut: TypeAlias = frozenset[tuple[str, int]]
"""A device's slice of the state: the profiles that are gone, each as its MVPD and its place in the catalogue."""

LOGGED_IN: LoggedOut = frozenset()
"""A device that the emulator has not seen is logged in with every profile of the catalogue."""

DEVICE_IDENTIFIER = re.compile(
    r"fingerprint ((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==))"
)
"""`<type> <identifier>`: the only type is `fingerprint`, the identifier is standard, padded Base64 (AP-Device-Identifier page)."""


class Options(Struct, frozen=True):
    """How much the emulator insists on."""

    strict: bool = False
    """Also judge token expiry, the absence and the JSON of device information, and whether redirectUrl is absolute. Off by
    default, because the documentation's own samples carry an expired token and an X-Device-Info that is no JSON."""
    throttle: bool = False
    """Answer 429 as the throttling page describes."""
    cors: bool = True
    """Let apps in a browser read answers from another origin, when it runs by itself: an assumption (gateway/emulator/cross_origin.py)."""
    remember: int = 10_000
    """How many devices, and how many addresses, are remembered. The one not heard from for longest is forgotten first."""


class Call(Struct, frozen=True, dict=True):
    """One request, as it came from the wire."""

    method: str
    target: str
    """Path and query exactly as on the wire."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    now: float = 0.0
    """Seconds since the epoch."""
    client: str = ""
    """The peer's address: the throttle's key where X-Forwarded-For is absent."""

    def __repr__(self) -> str:
        return f"Call({self.method} {self.path})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Show rich the same."""
        return [("method", self.method), ("path", self.path)]

    def header(self, name: str) -> str:
        """Return the first value of `name` without the blanks around it; empty where the field is absent."""
        return self._fields.get(name.lower(), "")

    def has(self, name: str) -> bool:
        """Say whether the field is there, be it empty."""
        return name.lower() in self._fields

    @property
    def path(self) -> str:
        """The target up to its query, nothing decoded."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters, decoded to ISO-8859-1; of a repeated one the first counts."""
        return form(self.target.partition("?")[2])

    @cached_property
    def digest(self) -> bytes:
        """Return 32 bytes that only this call at this moment has: what an emulator without chance makes its values from."""
        told = hashlib.sha256(repr((self.method, self.target, self.headers, self.now)).encode())
        told.update(self.body)
        return told.digest()

    @cached_property
    def _fields(self) -> dict[str, str]:
        return {name.lower(): value.strip(" \t") for name, value in reversed(self.headers)}


class Answer(Struct, frozen=True):
    """One response, whole."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Asked(Struct, frozen=True):
    """A call that reached a route, with what the route's path names and what the answer may depend on."""

    call: Call
    options: Options
    catalogue: Catalogue
    service_provider: str = ""
    mvpd: str = ""
    """The path's segment, decoded. It may be an alias."""

    @property
    def device(self) -> str:
        """The AP-Device-Identifier's value after `fingerprint `, still Base64; empty where it is malformed."""
        found = DEVICE_IDENTIFIER.fullmatch(self.call.header("AP-Device-Identifier"))
        return found[1] if found else ""

    @property
    def slice(self) -> bytes:
        """The key of the slice of state that the call is about: a device at a service provider, whose profiles are its own.

        It is a digest, so that what is remembered has one size whatever a client sends.
        """
        return hashlib.sha256(repr((self.service_provider, self.device)).encode()).digest()


Handler: TypeAlias = Callable[[Asked, LoggedOut], tuple[Answer, LoggedOut]]
"""Answers the calls of a route: pure, from the device's slice of state to its next one."""


LONGEST_FORM = 1 << 16
MOST_PAIRS = 512


def form(text: str) -> dict[str, str]:
    """Read the first `MOST_PAIRS` of `a=1&b=2`, blanks kept, one character for each byte; of a repeated name the first value counts."""
    first = "&".join(text[:LONGEST_FORM].split("&", MOST_PAIRS)[:MOST_PAIRS])
    pairs = parse_qsl(first, keep_blank_values=True, encoding="latin-1", errors="replace")
    return dict(reversed(pairs))

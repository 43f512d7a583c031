"""The emulator's types: calls, answers, and options.

Facts
-----
* Targets and header values from the wire are ISO-8859-1 here: one character for each byte, so that nothing fails to decode.
* What is percent-decoded (path segments, parameters) is UTF-8. A byte that is not UTF-8 becomes a lone surrogate (PEP 383), and
  `octets` returns the bytes that came.
* The clock is `Call.now` and chance is `Call.digest`, so the same calls in the same order have the same answers.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl, unquote

from msgspec import Struct

if TYPE_CHECKING:
    from gateway.emulator.catalogue import Catalogue
    from gateway.emulator.state import State

LoggedIn: TypeAlias = str | Mapping[str, tuple[str, ...]]
"""`all`: each device starts with a profile of every MVPD; `none`; or the MVPDs of single devices, by the device's own id."""

DEVICE_IDENTIFIER = re.compile(
    r"fingerprint ((?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?+)"
)
"""`<type> <identifier>`: the only type is `fingerprint`, the identifier is standard, padded Base64 (AP-Device-Identifier page)."""


class Options(Struct, frozen=True):
    """The logins at the start, and how strict the emulator is."""

    strict: bool = False
    """Also judge what the documentation's own samples would fail: tokens (expiry, scope, who gave them), credentials, software
    statements, repeated parameters, swapped paths, device information that is absent or no JSON, a relative redirectUrl."""
    throttle: bool = False
    """Answer 429 as the throttling page describes."""
    cors: bool = True
    """Let apps in a browser read answers from another origin, when it runs by itself: an assumption (gateway/emulator/cross_origin.py)."""
    remember: int = 10_000
    """How many of each kind are remembered: devices, addresses, clients, sessions. The one not asked for the longest is forgotten first."""
    logged_in: LoggedIn = "all"
    """The logins at the start."""
    auto_login: bool = False
    """Whether opening the login page logs in, without its button."""


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
        """Return the first value of `name` without the blanks around it; empty if the field is absent."""
        return self._fields.get(name.lower(), "")

    def has(self, name: str) -> bool:
        """Return whether the field is there, be it empty."""
        return name.lower() in self._fields

    @property
    def path(self) -> str:
        """The target up to its query, nothing decoded."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters; of a repeated one the first counts."""
        return first_of(self._query_pairs)

    @cached_property
    def form(self) -> dict[str, str]:
        """The parameters of a form in the body, in the same way."""
        return first_of(self._form_pairs)

    @cached_property
    def given(self) -> dict[str, str]:
        """The parameters of query and form together; the form goes first."""
        return {**self.query, **self.form}

    @cached_property
    def repeated(self) -> frozenset[str]:
        """The names of parameters that are there twice, in query and form together."""
        seen: set[str] = set()
        twice: set[str] = set()
        for name, _ in (*self._query_pairs, *self._form_pairs):
            (twice if name in seen else seen).add(name)
        return frozenset(twice)

    @cached_property
    def json(self) -> object:
        """The body's JSON value; None if it is none, or longer than any that the pages describe."""
        try:
            return json.loads(self.body) if len(self.body) <= LONGEST_JSON else None
        except (ValueError, RecursionError):
            return None

    @cached_property
    def digest(self) -> bytes:
        """Return 32 bytes that only this call at this moment has: what an emulator without chance makes its values from."""
        told = hashlib.sha256(repr((self.method, self.target, self.headers, self.now)).encode())
        told.update(self.body)
        return told.digest()

    @cached_property
    def _query_pairs(self) -> list[tuple[str, str]]:
        return pairs(self.target.partition("?")[2].encode("latin-1", "replace"))

    @cached_property
    def _form_pairs(self) -> list[tuple[str, str]]:
        return pairs(self.body)

    @cached_property
    def _fields(self) -> dict[str, str]:
        return {name.lower(): value.strip(" \t") for name, value in reversed(self.headers)}


class Answer(Struct, frozen=True):
    """One response, whole."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Asked(Struct, frozen=True, dict=True):
    """A call that reached a route, with what the route's path names and what the answer depends on."""

    call: Call
    options: Options
    catalogue: Catalogue
    state: State
    service_provider: str = ""
    mvpd: str = ""
    """The path's segment, decoded. It may be an alias."""
    code: str = ""
    partner: str = ""
    swapped: bool = False
    """Whether the path's segments are in the order of the documentation's slip: `/api/v2/logout/{serviceProvider}/{mvpd}`."""

    speaks_for: str = ""
    """The id of the device that the call is about, where the call itself names none: a browser's, v1's, a second screen's."""
    on_behalf_of: str = ""
    """The key of the client that the call is about, where it is not the caller."""

    @cached_property
    def device(self) -> str:
        """The AP-Device-Identifier's value after `fingerprint `, still Base64; empty if it is malformed."""
        found = DEVICE_IDENTIFIER.fullmatch(self.call.header("AP-Device-Identifier"))
        return found[1] if found else ""

    @cached_property
    def device_id(self) -> str:
        """The device's own id: the identifier decoded. Where it is no UTF-8, each other byte is a question mark in a diamond."""
        return self.speaks_for or base64.b64decode(self.device).decode("utf-8", "replace")


Handler: TypeAlias = Callable[[Asked], Answer]
"""Answers the calls of a route; what it remembers, it remembers in the state that the call brings."""


LONGEST_FORM = 1 << 16
LONGEST_JSON = 1 << 17
MOST_PAIRS = 512


def pairs(sent: bytes) -> list[tuple[str, str]]:
    """Read the first `MOST_PAIRS` of `a=1&b=2`, blanks kept."""
    text = sent[:LONGEST_FORM].decode("utf-8", "surrogateescape")
    first = "&".join(text.split("&", MOST_PAIRS)[:MOST_PAIRS])
    return parse_qsl(first, keep_blank_values=True, errors="surrogateescape")


def decoded(segment: str) -> str:
    """Return a path segment, percent-decoded."""
    sent = segment.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    return unquote(sent, errors="surrogateescape")


def octets(text: str) -> bytes:
    """Return the bytes that a percent-decoded text was sent as."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate that is no byte: from a file
        return text.encode("utf-8", "replace")


def first_of(read: list[tuple[str, str]]) -> dict[str, str]:
    """Return parameters by name; of a repeated one the first counts."""
    return dict(reversed(read))

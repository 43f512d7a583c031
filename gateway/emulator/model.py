"""The emulator's types: calls, answers, and options.

Facts
-----
* Targets and header values are read as ISO-8859-1. Each byte is one character, so decoding never fails.
* Path segments and parameters are percent-decoded as UTF-8. A byte that is not UTF-8 becomes a lone surrogate (PEP 383), and
  `octets` returns the original bytes.
* The time is `Call.now`, and `Call.digest` replaces chance. So the same calls in the same order have the same answers.
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
"""`all`: each device starts with a profile of every MVPD. `none`: without profiles. A map: the MVPDs of single devices, by their own ids."""

DEVICE_IDENTIFIER = re.compile(
    r"fingerprint ((?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?+)"
)
"""`<type> <identifier>`. The only type is `fingerprint`. The identifier is standard Base64 with padding (AP-Device-Identifier page)."""


class Options(Struct, frozen=True):
    """The logins at the start, and how strict the emulator is."""

    strict: bool = False
    """Whether mistakes are refused that the documentation's own samples make: invalid tokens (expiry, scope, issuer), credentials and
    software statements, repeated parameters, swapped paths, device information that is missing or not JSON, a relative redirectUrl."""
    throttle: bool = False
    """Whether too many calls are answered 429, as on the throttling page."""
    cors: bool = True
    """Whether apps in a browser may read answers from another origin, if there is no gateway (gateway/emulator/cross_origin.py)."""
    remember: int = 10_000
    """Largest number of remembered devices; the same of addresses, clients and sessions. The one unused for longest is forgotten first."""
    logged_in: LoggedIn = "all"
    """The logins at the start."""
    auto_login: bool = False
    """Whether the login page logs in when it is opened, without its button."""


class Call(Struct, frozen=True, dict=True):
    """One request, as the wire has read it."""

    method: str
    target: str
    """Path and query exactly as on the wire."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    now: float = 0.0
    """Seconds since the epoch."""
    client: str = ""
    """The peer's address. The throttle uses it if there is no X-Forwarded-For."""

    def __repr__(self) -> str:
        return f"Call({self.method} {self.path})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Return the same for rich."""
        return [("method", self.method), ("path", self.path)]

    def header(self, name: str) -> str:
        """Return the first value of `name`, without blanks around it. Empty if the field is missing."""
        return self._fields.get(name.lower(), "")

    def has(self, name: str) -> bool:
        """Return whether the field is there. Its value may be empty."""
        return name.lower() in self._fields

    @property
    def path(self) -> str:
        """The target up to its query, not decoded."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters. If one is repeated, the first value is used."""
        return first_of(self._query_pairs)

    @cached_property
    def form(self) -> dict[str, str]:
        """The parameters of a form in the body. If one is repeated, the first value is used."""
        return first_of(self._form_pairs)

    @cached_property
    def given(self) -> dict[str, str]:
        """The parameters of query and form together. The form's values are used first."""
        return {**self.query, **self.form}

    @cached_property
    def repeated(self) -> frozenset[str]:
        """The names of repeated parameters, in query and form together."""
        seen: set[str] = set()
        twice: set[str] = set()
        for name, _ in (*self._query_pairs, *self._form_pairs):
            (twice if name in seen else seen).add(name)
        return frozenset(twice)

    @cached_property
    def json(self) -> object:
        """The body's JSON value. None if the body is not JSON, or longer than every body in the documentation."""
        try:
            return json.loads(self.body) if len(self.body) <= LONGEST_JSON else None
        except (ValueError, RecursionError):
            return None

    @cached_property
    def digest(self) -> bytes:
        """Return 32 bytes that identify this call and its time. The emulator makes its values from them, in place of chance."""
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
    """A call that matches a route, with the values in its path, and everything that the answer depends on."""

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
    """Whether the path's segments are in the wrong order of a documentation sample: `/api/v2/logout/{serviceProvider}/{mvpd}`."""

    speaks_for: str = ""
    """The id of the device that the call is about, if the call has no AP-Device-Identifier: a browser, a call of v1, a second screen."""
    on_behalf_of: str = ""
    """The key of the client that the call is about, if it is not the caller."""

    @cached_property
    def device(self) -> str:
        """The value of AP-Device-Identifier after `fingerprint `, in Base64. Empty if it is malformed."""
        found = DEVICE_IDENTIFIER.fullmatch(self.call.header("AP-Device-Identifier"))
        return found[1] if found else ""

    @cached_property
    def device_id(self) -> str:
        """The device's own id: the decoded identifier. Each byte that is not UTF-8 becomes U+FFFD."""
        return self.speaks_for or base64.b64decode(self.device).decode("utf-8", "replace")


Handler: TypeAlias = Callable[[Asked], Answer]
"""Answers the calls of a route. It remembers everything in the state that the call contains."""


LONGEST_FORM = 1 << 16
LONGEST_JSON = 1 << 17
MOST_PAIRS = 512


def pairs(sent: bytes) -> list[tuple[str, str]]:
    """Read the first `MOST_PAIRS` pairs of `a=1&b=2`. Empty values are kept."""
    text = sent[:LONGEST_FORM].decode("utf-8", "surrogateescape")
    first = "&".join(text.split("&", MOST_PAIRS)[:MOST_PAIRS])
    return parse_qsl(first, keep_blank_values=True, errors="surrogateescape")


def decoded(segment: str) -> str:
    """Return the percent-decoded path segment."""
    sent = segment.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    return unquote(sent, errors="surrogateescape")


def octets(text: str) -> bytes:
    """Return the original bytes of a percent-decoded text."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate from a file, which is no byte
        return text.encode("utf-8", "replace")


def first_of(read: list[tuple[str, str]]) -> dict[str, str]:
    """Return parameters by name. If one is repeated, the first value is used."""
    return dict(reversed(read))

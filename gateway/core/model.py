"""The words of the gateway as frozen values, and the protocols between its packages.

Facts
-----
* A header name or value is bytes on the wire (RFC 9110 section 5.5). `Headers` keeps these bytes, their order, case and repeats. As text
  they are ISO-8859-1, which maps every byte to one character and back.
* `target` is the request target exactly as it came (RFC 9112 section 3.2). Nothing in the gateway decodes, sorts or re-encodes it. The
  one exception: bytes beyond ASCII, which no URL has, are percent-encoded in `target`, but sent as they came.
* A body is bytes, or a `Stream`. The core passes a stream on, and never reads it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator, Mapping
from itertools import chain
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct, field

from gateway.core.bounded import Bounded
from gateway.core.damage import Damage
from gateway.core.device import NOBODY, Device
from gateway.core.memo import Aside, Memo
from gateway.core.value import repr_without

RawHeaders: TypeAlias = tuple[tuple[bytes, bytes], ...]
Source: TypeAlias = Literal["upstream", "cassette", "emulator", "override", "fault", "gateway"]
Severity: TypeAlias = Literal["error", "warning", "info"]


_PLACES: Bounded[tuple[bytes, ...], dict[bytes, int]] = Bounded("names of fields", 1 << 20)
"""Names in lower case with their first places, by the sent names. An app or an API sends the same names in each of its messages."""
_recent_places = _PLACES.recent.get


_SOUGHT: dict[str, bytes] = {}
"""Names of fields in lower case, as bytes, by the names as callers write them. The gateway itself asks for a few dozen names."""
MOST_SOUGHT, LONGEST_SOUGHT = 256, 64
"""Largest number of names in `_SOUGHT`, and the largest length of such a name, in characters."""


def _sought(name: str) -> bytes:
    lower = name.lower().encode("latin-1")
    if len(_SOUGHT) < MOST_SOUGHT and len(name) <= LONGEST_SOUGHT:
        _SOUGHT[name] = lower
    return lower


class Headers:
    """Header fields with the order, case and repeats of the wire.

    Names are compared without case (RFC 9110 section 5.1). Text is ISO-8859-1, so no byte is lost either way.
    """

    __slots__ = ("_hash", "_places", "_size", "is_new", "raw")

    def __init__(self, raw: RawHeaders = ()) -> None:
        self.raw = raw
        self.is_new: bool | None = None
        """Whether these fields came for the first time, so that no memory has them. None: this is not known."""
        self._hash: int | None = None
        self._places: dict[bytes, int] | None = None
        self._size = -1

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]] | Mapping[str, str] = ()) -> Headers:
        """Make headers from text. A character beyond ISO-8859-1 raises UnicodeEncodeError."""
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        return cls(tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs))

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of `name`, or `default` if the field is absent."""
        places = self._places
        place = (self.names if places is None else places).get(_SOUGHT.get(name) or _sought(name))
        return default if place is None else self.raw[place][1].decode("latin-1")

    def getall(self, name: str) -> list[str]:
        """Return every value of `name`, in order."""
        wanted = name.lower().encode("latin-1")
        return [value.decode("latin-1") for key, value in self.raw if key.lower() == wanted]

    def items(self) -> Iterator[tuple[str, str]]:
        """Yield (name, value) as text, repeats included."""
        for name, value in self.raw:
            yield name.decode("latin-1"), value.decode("latin-1")

    def with_(self, name: str, value: str) -> Headers:
        """Return headers with `name` exactly once: at its first place, or at the end if it was absent."""
        wanted = name.lower().encode("latin-1")
        content = value.encode("latin-1")
        fields: list[tuple[bytes, bytes]] = []
        placed = False
        for key, old in self.raw:
            if key.lower() != wanted:
                fields.append((key, old))
            elif not placed:
                fields.append((key, content))
                placed = True
        if not placed:
            fields.append((name.encode("latin-1"), content))
        return Headers(tuple(fields))

    def without(self, *names: str) -> Headers:
        """Return headers without `names`."""
        unwanted = {name.lower().encode("latin-1") for name in names}
        return Headers(tuple(pair for pair in self.raw if pair[0].lower() not in unwanted))

    @property
    def size(self) -> int:
        """The bytes of all names and values; they are counted once."""
        if self._size < 0:
            self._size = sum(map(len, chain.from_iterable(self.raw)))
        return self._size

    def __getitem__(self, name: str) -> str:
        place = self.names.get(name.lower().encode("latin-1"))
        if place is None:
            raise KeyError(name)
        return self.raw[place][1].decode("latin-1")

    @property
    def names(self) -> dict[bytes, int]:
        """The names in lower case, each with the place of its first field. They are read once, and must not be changed."""
        places = self._places
        if places is None:
            as_sent = next(zip(*self.raw, strict=True), ())
            places = _recent_places(as_sent) or _PLACES.get(as_sent)
            if places is None:
                places = {}
                for place, key in enumerate(as_sent):
                    places.setdefault(key.lower(), place)
                _PLACES.put(as_sent, places)
            self._places = places
        return places

    def __contains__(self, name: str) -> bool:
        places = self._places
        return (_SOUGHT.get(name) or _sought(name)) in (self.names if places is None else places)

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name, _ in self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __eq__(self, other: object) -> bool:
        """Compare the fields, in order. Equal headers share their fields from then on. This saves memory, and the next comparison is short."""
        if self is other:
            return True
        if not isinstance(other, Headers):
            return False
        if self.raw is not other.raw:
            if self.raw != other.raw:
                return False
            other.raw = self.raw
        return True

    def __hash__(self) -> int:
        """Hash the fields once: many caches use them as a key."""
        known = self._hash
        if known is None:
            known = self._hash = hash(self.raw)
        return known

    def __repr__(self) -> str:
        """Show only the names, so that no value of a live header reaches a log by accident."""
        return f"Headers({', '.join(self)})"


class Stream(Protocol):
    """A body that arrives in pieces. It is iterated once, when it is written."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces. A body that ends too early raises `BodyTruncatedError`."""

    async def aclose(self) -> None:
        """Give up the unread rest, and its connection."""


Body: TypeAlias = bytes | Stream


class BodyTruncatedError(Exception):
    """A body ended before its declared end. The receiver must notice it, so its connection is aborted."""


class Request(Struct, frozen=True):
    """One HTTP request: received from an app, or to be sent."""

    method: str
    target: str
    """Path and query exactly as on the wire."""
    headers: Headers = field(default_factory=Headers)
    body: Body = b""
    client: str = ""
    """The address of the calling device, as the forwarded-address policy found it. Adobe gets this address."""
    device: Device = NOBODY
    """The device. Each request that is sent for an app's request has the same device."""
    upstream: str = ""
    """The name of the upstream that it goes to. The configuration chooses it; nothing that a client sends names a host."""
    id: str = ""
    """The id of the exchange that it belongs to."""
    credentials: str | None = None
    """The name of the client whose access token `Authorized` adds. None if the request has its own token."""
    rewritten_from: str = ""
    """Method and target of the app's request that a rule replaced by this one. Such a leg is recorded on any route."""
    may_be_missing: bool = False
    """True if the rule works without an answer. Then a missing recording is not a miss."""
    raw_target: str = ""
    """The target as it came, in ISO-8859-1, if it has bytes beyond ASCII. `target` is its percent-encoded form. This one is sent."""

    findings: tuple[Finding, ...] = ()
    """Findings about the message as the app sent it. A recording keeps the findings that a later audit of it cannot find."""
    audited: str = ""
    """The set of checks that made these findings (`core/unseen.py`); empty if the message was not judged."""
    memo: Memo | None = None
    """Earlier results for the head. It is not a part of the message."""
    early: Early | None = None
    """Receives interim answers before the final answer. It is not a part of the message."""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path}, {self.headers!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Return the same for rich."""
        return [("method", self.method), ("path", self.path), ("headers", self.headers)]

    @property
    def path(self) -> str:
        """The target up to its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The part after the first `?` of the target; empty if there is no `?`."""
        return self.target.partition("?")[2]


class Response(Struct, frozen=True):
    """One HTTP answer, with its source."""

    status: int
    reason: str = ""
    headers: Headers = field(default_factory=Headers)
    body: Body = b""
    source: Source = "gateway"
    notes: tuple[Finding, ...] = ()
    """Findings of rules. A rule cannot log; it returns its findings with its reply."""
    damage: Damage | None = None
    """The damage of faults, which the wire still has to do."""

    __repr__, __rich_repr__ = repr_without("body")


class Early(Aside):
    """Passes interim answers (RFC 9110 section 15.2) on to an app."""

    __slots__ = ("_tell",)

    def __init__(self, tell: Callable[[Response], None]) -> None:
        self._tell: Callable[[Response], None] | None = tell

    def __call__(self, answer: Response) -> None:
        """Pass an interim answer on, if the app still waits."""
        if self._tell is not None:
            self._tell(answer)

    def end(self) -> None:
        """Let go of the app's connection, which has ended. So a request that is kept does not keep the connection."""
        self._tell = None


class Leg(Struct, frozen=True):
    """One outbound request, its answer, and how long the answer took."""

    request: Request
    response: Response
    elapsed_ms: float


class Finding(Struct, frozen=True):
    """A finding of a header check or a rule."""

    id: str
    severity: Severity
    where: str
    found: str
    """The value that was found, as a shape: at most four characters of a secret."""
    expected: str
    source: str = ""
    """The page of the documentation that says so."""


class Peer(Struct, frozen=True):
    """The other end of the connection that a request came on."""

    address: str = ""
    """Its IP address. If a proxy stands before the gateway, it is the proxy's address."""
    early: Early | None = None
    """Passes interim answers on to the peer."""


UNANSWERED = Response(0)
"""The reply of an exchange that has only begun."""


class Exchange(Struct, frozen=True):
    """One pass through the gateway. Unredacted, so it lives in memory only."""

    id: str
    received: Request
    legs: tuple[Leg, ...] = ()
    reply: Response = UNANSWERED
    elapsed_ms: float = 0.0
    """Milliseconds until the reply's last byte was sent, or the client had left."""
    findings: tuple[Finding, ...] = ()
    at: float = 0.0
    """When it began, in seconds since the epoch."""
    gateway: str = ""
    """The other gateway of the fleet that it passed. Such an exchange arrives here redacted. Empty for an exchange of this gateway."""
    is_cut: bool = False
    """Whether a journal has cut it: long fields, long bodies and the end of a long target are then left out."""

    @property
    def device(self) -> Device:
        """The device."""
        return self.received.device


class Interaction(Struct, frozen=True):
    """One redacted leg. It is the only type that a cassette accepts. Only redaction makes it, or the reader of a cassette.

    `request.target` is origin-form, both bodies are whole, and the response's body is decoded: no Content-Encoding.
    """

    origin: str
    """The upstream's scheme, host and port, such as `https://api.auth.adobe.com`."""
    request: Request
    response: Response
    recorded_at: str
    """RFC 3339, UTC, milliseconds."""
    about: Mapping[str, object] = field(default_factory=dict)
    """The content of `response.x_gateway`: id, source, device, redaction, elapsed_ms …"""
    line: int = 0
    """The number of its first line in the cassette, from 1; 0 if it was not read from a file."""


Send: TypeAlias = Callable[[Request], Awaitable[Response]]


class Transport(Protocol):
    """A connection to an upstream, or a stand-in for it: a `Send` that must be closed."""

    @property
    def connections(self) -> int:
        """The number of connections that it has opened so far."""

    async def send(self, request: Request) -> Response:
        """Send a request once, and return its answer."""

    async def aclose(self) -> None:
        """Close its connections."""


Flow: TypeAlias = Generator[Request, Response, Response]


class Rule(Protocol):
    """Changes requests and replies: a generator that yields requests and returns the reply.

    For the same request and the same answers it does the same.
    """

    @property
    def needs_request_body(self) -> bool:
        """Whether the rule reads the request's body, which is then whole instead of a stream."""

    @property
    def needs_answer_body(self) -> bool:
        """Whether the rule reads the answers' bodies."""

    @property
    def needs_credentials(self) -> bool:
        """Whether the rule sends with an access token of the gateway's own client."""

    def concerns(self, request: Request) -> bool:
        """Whether the rule may change a request or its answer. The bodies of all other messages stream past it."""

    def __call__(self, request: Request) -> Flow:
        """Yield each request to send, receive its answer, and return the reply."""

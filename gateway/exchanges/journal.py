"""The last exchanges in memory, redacted when they are read: for the page, the API and reports."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar, overload

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.codings import CodingError, plain
from gateway.core.model import Exchange, Finding, Leg, Request, Response, Source
from gateway.core.redaction import Redaction
from gateway.exchanges.again import Again
from gateway.exchanges.logged import faults_of
from gateway.exchanges.not_kept import cut, without_streams
from gateway.exchanges.observers import EndOnly
from gateway.exchanges.repeat import Repeat
from gateway.exchanges.traced import Traced

BASE = 1500
FIELD = 150
FINDING = 500
"""Bytes besides the texts: of two messages, of each header field, and of each finding."""

M = TypeVar("M", Request, Response)

EXCHANGES = 1000
BYTES = 64 << 20
"""How many exchanges are kept, and how many bytes of heads and bodies. The oldest exchange is dropped first."""
LARGE = 16 << 10
"""An exchange of more bytes is large."""


class Entry(Struct, frozen=True):
    """One exchange without its secrets: what was sent and answered. Bodies are decoded; a body that was not kept is empty."""

    id: str
    request: Request
    """As the app sent it."""
    response: Response
    """As the app received it."""
    legs: tuple[Leg, ...]
    """The requests to the upstream or the cassette, with their answers."""
    findings: list[Finding]
    elapsed_ms: float

    @property
    def status(self) -> int:
        """The status that the app received."""
        return self.response.status

    @property
    def source(self) -> Source:
        """Who answered."""
        return self.response.source

    @property
    def fault(self) -> str:
        """The names of the exchange's faults, joined with `+`; empty without a fault."""
        return faults_of(self.response)


class Journal(EndOnly):
    """An observer that keeps the last exchanges, within its limits. It reads nothing of them, so each takes two microseconds.

    A repeated exchange shares its messages with the earlier one. So it is never cut.
    """

    def __init__(self, exchanges: int = EXCHANGES, room: int = BYTES, large_room: int = BYTES) -> None:
        """`large_room`: how many bytes the large exchanges take at most. The oldest of them is cut first. The newest is always whole.

        So a client that sends only large messages displaces few other exchanges.
        """
        self._kept: deque[Exchange | Repeat] = deque()
        self._sizes: deque[int] = deque()
        self._large: deque[tuple[int, int]] = deque()
        """Number and size of each large exchange that was not cut, the oldest first. It may have been dropped meanwhile."""
        self._exchanges = exchanges
        self._room = room
        self._large_room = large_room
        self._held = self._large_held = 0
        self.count = 0
        """How many exchanges have ended so far. An exchange's number is this count just after its end."""

    def warn(self, event: str, **about: object) -> None:
        """Do nothing: a warning is not kept."""

    def ended(self, exchange: Exchange) -> None:
        """Keep an exchange, and drop the oldest ones beyond the limits."""
        size = _size(exchange)
        if size is None:
            exchange = without_streams(exchange)
            size = _size(exchange) or 0
        self._keep(exchange, size)
        if size > LARGE:
            self._large.append((self.count, size))
            self._large_held += size
            while self._large_held > self._large_room and len(self._large) > 1:
                self._cut_oldest()

    def repeated(self, repeat: Repeat) -> None:
        """Keep a repeated exchange. Its size is the size of the earlier exchange."""
        kept = repeat.again.kept
        size: int | None = kept.size
        more = _more(repeat.traced, repeat.again) if repeat.traced is not None else 0
        if size is None:
            size = kept.size = (_size(repeat.exchange) or 0) - more
        self._keep(repeat, size + more)

    def _keep(self, exchange: Exchange | Repeat, size: int) -> None:
        kept = self._kept
        kept.append(exchange)
        self._sizes.append(size)
        self._held += size
        self.count += 1
        while len(kept) > self._exchanges or (self._held > self._room and len(kept) > 1):
            kept.popleft()
            self._held -= self._sizes.popleft()

    def _cut_oldest(self) -> None:
        """Cut the oldest large exchange."""
        number, size = self._large.popleft()
        self._large_held -= size
        place = number - self.first
        whole = self._kept[place] if place >= 0 else None
        if isinstance(whole, Exchange):  # it was not dropped
            exchange = self._kept[place] = cut(whole)
            self._sizes[place] = _size(exchange) or 0
            self._held += self._sizes[place] - size

    @property
    def kept(self) -> JournalPart:
        """The exchanges that are kept, the oldest first."""
        return JournalPart(tuple(self._kept))

    def since(self, number: int) -> JournalPart:
        """Return the exchanges that are kept and have a larger number, the oldest first."""
        new = max(0, min(self.count - number, len(self._kept)))
        return JournalPart(tuple(islice(reversed(self._kept), new))[::-1])

    @property
    def first(self) -> int:
        """The number of the oldest exchange that is kept."""
        return self.count - len(self._kept) + 1


class JournalPart(Sequence[Exchange]):
    """Exchanges of a journal. A repeated exchange is built when somebody reads it, in the reader's thread."""

    __slots__ = ("_kept",)

    def __init__(self, kept: tuple[Exchange | Repeat, ...]) -> None:
        self._kept = kept

    def __len__(self) -> int:
        return len(self._kept)

    @overload
    def __getitem__(self, place: int) -> Exchange: ...

    @overload
    def __getitem__(self, place: slice) -> JournalPart: ...

    def __getitem__(self, place: int | slice) -> Exchange | JournalPart:
        if isinstance(place, slice):
            return JournalPart(self._kept[place])
        kept = self._kept[place]
        return kept.exchange if isinstance(kept, Repeat) else kept


def entries(exchanges: Iterable[Exchange], redaction: Redaction) -> list[Entry]:
    """Return exchanges without their secrets."""
    return [_entry(exchange, redaction) for exchange in exchanges]


def _more(traced: Traced, again: Again) -> int:
    """Return the size of a repeated exchange's header fields minus the size of the earlier exchange's, in bytes."""
    own, earlier = traced.headers, again.received.headers
    return own.size - earlier.size + FIELD * (len(own) - len(earlier))


def _size(exchange: Exchange) -> int | None:
    """Estimate an exchange's size in bytes; None if one of its bodies is a stream. This runs for every exchange.

    The sent request shares its fields with the received one, and the reply its body with the last answer. Shared parts count once.
    """
    received, reply, legs = exchange.received, exchange.reply, exchange.legs
    body, headers = received.body, received.headers
    if not isinstance(body, bytes) or not isinstance(reply.body, bytes):
        return None
    size = BASE + len(received.target) + len(body) + headers.size + FIELD * len(headers.raw)
    size += FINDING * len(exchange.findings)
    counted: Response | None = None
    for leg in legs:
        sent, counted = leg.request, leg.response
        if not isinstance(sent.body, bytes) or not isinstance(counted.body, bytes):
            return None
        headers = counted.headers
        size += BASE + len(counted.body) + headers.size + FIELD * len(headers.raw)
        if sent.body is not body:
            size += len(sent.body)
        if len(legs) > 1 or sent.rewritten_from:
            size += len(sent.target) + sent.headers.size + FIELD * len(sent.headers.raw)
    if counted is None or reply.body is not counted.body:
        size += len(reply.body)
    return size + FIELD * len(reply.headers.raw)


def _entry(exchange: Exchange, redaction: Redaction) -> Entry:
    request, response = _shown(exchange.received, exchange.reply, redaction)
    legs = []
    for leg in exchange.legs:
        sent, answered = _shown(leg.request, leg.response, redaction)
        legs.append(Leg(sent, answered, leg.elapsed_ms))
    return Entry(exchange.id, request, response, tuple(legs), list(exchange.findings), exchange.elapsed_ms)


def _shown(request: Request, response: Response, redaction: Redaction) -> tuple[Request, Response]:
    return redaction.redacted(_plain(request), _plain(response))


def _plain(part: M) -> M:
    """Return a message with its body decoded, since an encoded body cannot be redacted. A body that cannot be decoded is left out."""
    try:
        headers, body = plain(part.headers, part.body)
    except CodingError:
        return replace(part, body=b"")
    return replace(part, headers=headers, body=body)

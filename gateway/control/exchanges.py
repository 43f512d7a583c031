"""The API's exchanges: a filtered list, one exchange as a whole, and new exchanges as server-sent events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from gateway.control.errors import ControlError
from gateway.control.model import ExchangeDetail, ExchangePage, ExchangeQuery, ExchangeShown, FindingRow
from gateway.control.readers import reader_of
from gateway.control.reading import JournalReader, Numbered
from gateway.control.routes import ApiCall, Endpoint
from gateway.control.steering import Steered
from gateway.core.model import Headers, Response, Severity
from gateway.core.severity import at_least
from gateway.exchanges.logged import failure_of, level_of
from gateway.exchanges.titles import fix_of

BEAT_SECONDS = 0.25
"""How often a stream looks for new exchanges."""
BURST = 100
"""How many exchanges a stream sends in one beat. If there are more, it sends the newest, and the number that it left out."""
LOOKED_AT = 2000
"""How many exchanges of one beat a filtered stream tries, newest first."""
IDLE_BEATS = 60
"""After how many beats without a new exchange the stream sends a comment, so that the connection stays open."""
_STATUS = re.compile(r"([1-9])(?:xx)?|[1-9][0-9]{2}")


async def list_(asked: ApiCall) -> ExchangePage:
    """List the exchanges that fit the query, newest first."""
    query: ExchangeQuery = asked.query
    check(query)

    def look(reader: JournalReader, kept: Sequence[Numbered]) -> ExchangePage:
        newest = kept[-1].number if kept else 0
        oldest = kept[0].number if kept else 0
        found: list[ExchangeShown] = []
        for numbered in reversed(kept):
            if query.before is not None and numbered.number >= query.before:
                continue
            if query.after is not None and numbered.number <= query.after:
                break
            shown = fitting(reader, numbered, query)
            if shown is None:
                continue
            if len(found) == query.limit:
                return ExchangePage(found, found[-1].number, newest, oldest)
            found.append(shown)
        return ExchangePage(found, None, newest, oldest)

    return await reader_of(asked).read(look)


async def one(asked: ApiCall) -> ExchangeDetail:
    """Show one exchange: its messages and legs without secrets, its timing, and the places of its findings."""

    def look(reader: JournalReader, kept: Sequence[Numbered]) -> ExchangeDetail | None:
        return next((reader.detail(entry) for entry in kept if entry.exchange.id == asked.path["id"]), None)

    found = await reader_of(asked).read(look)
    if found is None:
        raise ControlError(404, "exchange_unknown", "No exchange with this id is kept.")
    return found


async def findings(asked: ApiCall) -> list[FindingRow]:
    """List the findings by device and check, worst first: which device is wrong, and what to change."""

    def look(reader: JournalReader, kept: Sequence[Numbered]) -> list[FindingRow]:
        rows: dict[tuple[str, str, str], FindingRow] = {}
        for numbered in kept:
            if not numbered.exchange.findings:
                continue
            shown = reader.shown(numbered)
            for finding in shown.findings:
                key = shown.device, finding.id, finding.where
                before = rows.get(key)
                rows[key] = FindingRow(
                    shown.device, finding, fix_of(finding.id), before.times + 1 if before else 1, shown.id
                )
        order: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}
        return sorted(rows.values(), key=lambda row: (order[row.finding.severity], -row.times))

    return await reader_of(asked).read(look)


def as_json(new: Sequence[ExchangeShown]) -> bytes:
    """Return exchanges as events of a stream."""
    return b"".join(
        b"id: %d\nevent: exchange\ndata: %b\n\n" % (shown.number, msgspec.json.encode(shown)) for shown in new
    )


async def stream(asked: ApiCall, told: Callable[[Sequence[ExchangeShown]], bytes] = as_json) -> Response:
    """Send new exchanges as server-sent events `exchange`. If they come too fast, `left_out` has the number that was left out."""
    check(asked.query)
    fields = Headers.of([("Content-Type", "text/event-stream; charset=utf-8"), ("X-Accel-Buffering", "no")])
    last = asked.request.headers.get("Last-Event-ID")
    after = int(last) if last.isdecimal() and len(last) < len(str(1 << 62)) else None
    return Response(200, "OK", fields, ExchangeEvents(reader_of(asked), asked.gateway, asked.query, after, told))


class ExchangeEvents:
    """The body of a stream of exchanges. It looks into the journal at intervals, so a stream adds no work to an exchange."""

    def __init__(
        self,
        reader: JournalReader,
        gateway: Steered,
        query: ExchangeQuery,
        after: int | None,
        told: Callable[[Sequence[ExchangeShown]], bytes],
    ) -> None:
        """`after`: the number of the last exchange that the client already has; `told` writes exchanges as events."""
        self._told = told
        self._reader = reader
        self._gateway = gateway
        self._query = query
        self._looked_at = BURST if query == ExchangeQuery() else LOOKED_AT
        count = gateway.journal.count
        self._sent = count if after is None else min(after, count)
        self._over = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"retry: 1000\n: listening\n\n"
        idle = skipped = 0
        while not self._over.is_set() and not self._gateway.closed:
            await self._gateway.caught_up()
            newest = self._gateway.journal.count
            if newest == self._sent:
                idle, skipped = idle + 1, 0
                if idle % IDLE_BEATS == 0:
                    yield b": still here\n\n"
            else:
                idle = 0
                skipped = max(0, newest - self._sent - self._looked_at)
                look = partial(self._events, newest=newest, skipped=skipped)
                yield await self._reader.read(look, max(self._sent, newest - self._looked_at))
                self._sent = newest
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS * 2 if skipped else BEAT_SECONDS):
                    await self._over.wait()

    def _events(self, reader: JournalReader, kept: Sequence[Numbered], *, newest: int, skipped: int) -> bytes:
        new = [entry for entry in kept if entry.number <= newest and may_fit(entry, self._query)]
        left_out = skipped + max(0, len(new) - BURST)
        fitted = [shown for entry in new[-BURST:] if (shown := fitting(reader, entry, self._query)) is not None]
        events = self._told(fitted) if fitted else b""
        if left_out:
            events = b"event: left_out\ndata: %d\n\n%b" % (left_out, events)
        return events or b": nothing that fits\n\n"

    async def aclose(self) -> None:
        """End the stream."""
        self._over.set()


def may_fit(numbered: Numbered, query: ExchangeQuery) -> bool:
    """Whether an exchange may fit a query. Only fields that need no redaction are compared."""
    exchange = numbered.exchange
    return (
        (query.source is None or exchange.reply.source == query.source)
        and str(exchange.reply.status).startswith(query.status.removesuffix("xx"))
        and exchange.device.name.startswith(query.device)
        and (not query.finding or any(found.id.startswith(query.finding.upper()) for found in exchange.findings))
        and (query.severity is None or at_least(level_of(exchange.findings, failure_of(exchange)), query.severity))
    )


def fitting(reader: JournalReader, numbered: Numbered, query: ExchangeQuery) -> ExchangeShown | None:
    """Return an exchange as the API shows it, or None if it does not fit a query."""
    if not may_fit(numbered, query):
        return None
    shown = reader.shown(numbered)
    if query.route not in {"", shown.route} and query.route not in shown.path:
        return None
    if query.gateway not in {"", shown.gateway}:
        return None
    return shown if not query.text or query.text.lower() in _searched(shown) else None


def fits(reader: JournalReader, numbered: Numbered, query: ExchangeQuery) -> bool:
    """Whether an exchange fits a query. It is redacted only if the query has a field that needs redaction."""
    if not query.route and not query.text and not query.gateway:
        return may_fit(numbered, query)
    return fitting(reader, numbered, query) is not None


def _searched(shown: ExchangeShown) -> str:
    found = [f"{finding.id} {finding.title} {finding.where} {finding.found}" for finding in shown.findings]
    texts = [
        shown.id,
        shown.gateway,
        shown.method,
        shown.path,
        shown.route,
        shown.device,
        shown.error,
        str(shown.status),
        *found,
    ]
    return "\n".join(texts).lower()


def check(query: ExchangeQuery) -> None:
    """Check the values of a query. Raises ControlError, which says what is wrong."""
    if query.status and not _STATUS.fullmatch(query.status):
        raise ControlError(400, "invalid_query", "status: expected a status such as 404, or its first digit.")


def endpoint(path: str, do: Callable[[ApiCall], Any], gives: Any, **more: Any) -> Endpoint:
    """Return an endpoint that reads from one gateway."""
    return replace(Endpoint("GET", path, do, gives=gives, of_gateway=True), **more)


ENDPOINTS = (
    endpoint("/api/exchanges", list_, ExchangePage, query=ExchangeQuery),
    endpoint("/api/exchanges/stream", stream, None, query=ExchangeQuery, media="text/event-stream"),
    endpoint("/api/exchanges/{id}", one, ExchangeDetail),
    endpoint("/api/findings", findings, list[FindingRow]),
)

"""Writes exchanges into a history. This observer delays no exchange, even if the file fails."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal, Protocol

from msgspec import Struct
from msgspec.structs import asdict, replace

from gateway.cassettes.entries import decoded
from gateway.core.adobe.routes import is_of_clients, template_of
from gateway.core.codings import CodingError
from gateway.core.model import Body, Exchange, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying
from gateway.core.severity import RANK
from gateway.core.times import stamp
from gateway.exchanges.shortened import MOST, fields_of, shortened
from gateway.history.database import Database, HistoryError, HistoryRow
from gateway.transports.recorder import Counts
from gateway.transports.redactor import NotRedactedError, Recording, Redactor

WAITING = 2000
"""Largest number of waiting exchanges."""
WAITING_BYTES = 16 << 20
"""Largest size of the bodies of waiting exchanges, in bytes."""
BATCH = 200
"""Largest number of exchanges in one transaction."""
GATHERING = 0.2
"""Time for which exchanges are gathered for one write, in seconds."""
LONGEST_BODY = 64 << 10
"""Largest body that is kept, in bytes. A larger body is left out."""
REQUEST_FIELDS, RESPONSE_FIELDS = 4096, 2048
"""Largest header fields that are kept, in bytes. Together with a target, they are small enough to be redacted at once."""
NONE = len(RANK)
"""The severity of an exchange without findings."""


class Store(Protocol):
    """The place where exchanges are kept."""

    @property
    def is_open(self) -> bool:
        """Whether there is something to close."""

    async def write(self, rows: Sequence[HistoryRow]) -> None:
        """Keep all exchanges, or no exchange. Raises OSError, sqlite3.Error or HistoryError if they cannot be kept."""

    async def close(self) -> None:
        """Close it."""


class InFile:
    """A file of SQLite. Its calls block, so a thread makes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def is_open(self) -> bool:
        """Whether the file is open."""
        return self._database.is_open

    async def write(self, rows: Sequence[HistoryRow]) -> None:
        """Add exchanges."""
        await asyncio.to_thread(self._database.write, rows)

    async def close(self) -> None:
        """Close the file."""
        await asyncio.to_thread(self._database.close)


class Keeping:
    """The observer. It redacts exchanges like recordings, in small steps on the loop, and passes them to the store."""

    def __init__(
        self,
        store: Store,
        *,
        redactor: Redactor,
        redaction: Redaction,
        origins: Callable[[str], str],
        lose: Callable[[int, str], None],
        warn: Callable[..., None],
        bodies: bool = False,
        on_leak: Literal["refuse", "warn"] = "refuse",
        waiting: int | None = None,
        gateway: str = "",
    ) -> None:
        """Take the store, and the same arguments as a recorder. `bodies`: whether bodies are kept, too.

        `lose` counts exchanges that are not kept; it gets their number and the reason. `waiting`: largest number of waiting exchanges.
        `gateway`: the name of this gateway, which is written into each exchange.
        """
        self._store = store
        self._redactor = redactor
        self._redaction = redaction
        self._origins = origins
        self._lose = lose
        self._most_waiting = WAITING if waiting is None else waiting
        self._gateway = gateway
        self._warn = warn
        self._bodies = bodies
        self._on_leak = on_leak
        self._waiting: deque[_Call] = deque()
        self._waiting_bytes = 0
        self._rows: deque[HistoryRow] = deque()
        """The waiting exchanges that are already redacted."""
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be written, and the file is closed."""
        return self._task is None and not self._store.is_open

    def began(self, exchange: Exchange) -> None:
        """Do nothing: an exchange is kept when it has ended."""

    def warn(self, event: str, **about: object) -> None:
        """Do nothing: warnings are not kept."""

    def ended(self, exchange: Exchange) -> None:
        """Queue an exchange to be written soon. If the queue is full, the exchange is lost, and counted."""
        call = self._call(exchange)
        if len(self._waiting) >= self._most_waiting or self._waiting_bytes + call.size > WAITING_BYTES:
            self._lose(1, "too many wait to be written")
            return
        self._waiting.append(call)
        self._waiting_bytes += call.size
        self._begin()

    def add(self, row: HistoryRow) -> None:
        """Queue an exchange that is already redacted. It comes from another gateway."""
        if len(self._rows) >= self._most_waiting:
            self._lose(1, "too many wait to be written")
            return
        self._rows.append(row)
        self._begin()

    def _begin(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def drain(self, seconds: float) -> None:
        """Write the waiting exchanges within `seconds`, and give up the rest. Then close the file."""
        self._hurry.set()
        task = self._task
        if task is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await asyncio.shield(task)
            if not task.done():
                task.cancel()
                self._lose(len(self._waiting), "the gateway ended before it was written")
                await asyncio.gather(task, return_exceptions=True)
        await self._store.close()

    def _call(self, exchange: Exchange) -> _Call:
        """Return the parts of an exchange that are kept. No other part may wait in memory."""
        request, left_out = shortened(exchange, REQUEST_FIELDS)
        reply = exchange.reply
        response = replace(reply, headers=fields_of(reply.headers, RESPONSE_FIELDS), body=b"")
        if cut := len(reply.headers) - len(response.headers):
            left_out["response_header_fields"] = cut
        if self._bodies and not is_of_clients(request.path):
            for name, body in (("body", exchange.received.body), ("response_body", reply.body)):
                if not isinstance(body, bytes) or len(body) > LONGEST_BODY:
                    left_out[name] = len(body) if isinstance(body, bytes) else 1
            request = replace(request, body=_kept(exchange.received.body))
            response = replace(response, body=_kept(reply.body))
        legs = [
            f"{leg.request.method} {Saying(self._redaction, leg.request).path} {leg.response.status}"
            for leg in exchange.legs
            if leg.request.rewritten_from
        ]
        route = template_of(exchange.received.method, exchange.received.path)
        return _Call(replace(exchange, received=request, reply=response, legs=()), route, legs, left_out)

    async def _work(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHERING):
                await self._hurry.wait()
        try:
            while self._waiting or self._rows:
                batch = [self._next() for _ in range(min(BATCH, len(self._waiting)))]
                rows = [row for call in batch if (row := await self._row(call)) is not None]
                rows += [self._rows.popleft() for _ in range(min(BATCH, len(self._rows)))]
                await self._write(rows)
        finally:
            self._task = None

    def _next(self) -> _Call:
        call = self._waiting.popleft()
        self._waiting_bytes -= call.size
        return call

    async def _row(self, call: _Call) -> HistoryRow | None:
        """Redact an exchange. If it may not be kept, or cannot be redacted, it is lost."""
        await asyncio.sleep(0)  # each exchange is its own step of the loop
        try:
            return await self._redacted(call)
        except NotRedactedError as error:  # its text quotes nothing of a message
            self._lose(1, str(error))
        except Exception as error:  # noqa: BLE001  # nobody else would hear of it
            self._lose(1, type(error).__name__)
        return None

    async def _redacted(self, call: _Call) -> HistoryRow | None:
        exchange = call.exchange
        try:
            made = await self._made(call, exchange.received, exchange.reply)
        except CodingError:  # a body that cannot be decoded cannot be redacted either
            made = await self._made(call, replace(exchange.received, body=b""), replace(exchange.reply, body=b""))
        if made.leaks:
            self._warn("leak", id=exchange.id, on_leak=self._on_leak, places=[*made.leaks])
            if self._on_leak == "refuse":
                self._lose(1, "a secret was left in it (redaction.on_leak)")
                return None
        entry = decoded(made.block)
        findings = exchange.findings
        return HistoryRow(
            at=exchange.at,
            device=exchange.device.name,
            method=str(entry["method"]),
            target=str(entry["target"]),
            route=call.route,
            status=exchange.reply.status,
            source=exchange.reply.source,
            severity=min((RANK[finding.severity] for finding in findings), default=NONE),
            findings=tuple(dict.fromkeys(finding.id for finding in findings[:MOST])),
            entry=made.block,
        )

    async def _made(self, call: _Call, request: Request, response: Response) -> Recording:
        exchange = call.exchange
        return await self._redactor.kept(
            request,
            response,
            origin=self._origins(exchange.received.upstream),
            recorded_at=stamp(exchange.at),
            about={
                "id": exchange.id,
                **({"gateway": self._gateway} if self._gateway else {}),
                "device": exchange.device.name,
                "source": exchange.reply.source,
                "upstream": exchange.received.upstream,
                "ms": round(exchange.elapsed_ms, 1),
                "findings": [asdict(finding) for finding in exchange.findings[:MOST]],
                **({"legs": call.legs} if call.legs else {}),
                **({"left_out": call.left_out} if call.left_out else {}),
            },
        )

    async def _write(self, rows: Sequence[HistoryRow]) -> None:
        if not rows:
            return
        try:
            await self._store.write(rows)
        except (
            OSError,
            sqlite3.Error,
            HistoryError,
        ) as error:  # their texts are about the file, and not about an exchange
            self._lose(len(rows), getattr(error, "strerror", None) or str(error))


def losing(counts: Counts, warn: Callable[..., None]) -> Callable[[int, str], None]:
    """Return a function that counts lost exchanges. It warns at the first one, and each time that their number has doubled."""

    def lose(number: int, why: str) -> None:
        before = counts.history_lost
        counts.history_lost += number
        if number and counts.history_lost.bit_length() > before.bit_length():
            warn("history not written", why=why, lost=counts.history_lost)

    return lose


class _Call(Struct, frozen=True):
    """A waiting exchange. Its long parts are already cut off."""

    exchange: Exchange
    route: str
    """The template of its route."""
    legs: list[str]
    """The requests that a rule sent in place of this one: method, path and status, without secrets."""
    left_out: dict[str, int]
    """The lengths of the parts that were too long."""

    @property
    def size(self) -> int:
        """Size of its bodies, in bytes."""
        bodies = (self.exchange.received.body, self.exchange.reply.body)
        return sum(len(body) for body in bodies if isinstance(body, bytes))


def _kept(body: Body) -> bytes:
    return body if isinstance(body, bytes) and len(body) <= LONGEST_BODY else b""

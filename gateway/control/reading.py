"""Reads a gateway's journal for people: without secrets, in a thread, and with a memory of what it has read.

The journal keeps exchanges unredacted, which costs almost nothing. An exchange is redacted when somebody looks at it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar
from weakref import ref

from msgspec import Struct
from msgspec.structs import replace

from gateway.control.errors import ControlError
from gateway.control.model import (
    AnswerShown,
    ExchangeDetail,
    ExchangeShown,
    FindingPlaced,
    FindingShown,
    LegShown,
    RequestShown,
)
from gateway.control.steering import Steered
from gateway.core.adobe.routes import LONGEST_PATH, place_of
from gateway.core.bounded import Bounded
from gateway.core.marks import marks_of
from gateway.core.model import Exchange, Finding, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.saying import Saying, said_of
from gateway.core.secrets.budget import OverBudgetError
from gateway.core.times import stamp
from gateway.exchanges.addresses import shown_address
from gateway.exchanges.journal import entries
from gateway.exchanges.logged import failure_of, level_of, upstream_of
from gateway.exchanges.titles import fix_of, title_of

T = TypeVar("T")

REMEMBERED = 24 << 20
"""How many bytes of memory the exchanges of lists may take."""
TOO_MUCH = "(a search for secrets takes too much work)"
LONGEST_BODY = 1 << 16
"""How many characters of a body are shown."""


class Numbered(Struct, frozen=True):
    """An exchange and its number, counted from 1 among all exchanges of its gateway."""

    number: int
    exchange: Exchange


class JournalReader:
    """Reads the journal of one gateway. It uses one thread at a time, since its redaction learns secrets as it reads."""

    def __init__(self, steered: Steered, *, plain_addresses: bool, own: str = "") -> None:
        """`own`: the name of the gateway in its fleet."""
        self._steered = ref(steered)
        """A weak reference, since the reader is kept for as long as the gateway exists."""
        self._plain = plain_addresses
        self._own = own
        self._one = asyncio.Lock()
        self._learnt_from = steered.redaction
        self._learnt = 0
        self._redaction = self._learnt_from.afresh()
        self._shown: Bounded[tuple[str, int], ExchangeShown] = Bounded(
            "exchanges shown", REMEMBERED, longest=1 << 16, size=_size
        )

    async def read(self, look: Callable[[JournalReader, Sequence[Numbered]], T], after: int = 0) -> T:
        """Call `look` in a thread with the kept exchanges whose number is larger than `after`, oldest first."""
        async with self._one:
            steered = self._steered()
            if steered is None:
                raise ControlError(410, "gateway_ended", "The gateway has ended.")
            journal = steered.journal
            kept, first = journal.since(after), max(journal.first, after + 1)
            self._learn(steered.redaction)
            return await asyncio.to_thread(self._look, look, kept, first)

    def _look(self, look: Callable[[JournalReader, Sequence[Numbered]], T], kept: Sequence[Exchange], first: int) -> T:
        return look(self, [Numbered(number, exchange) for number, exchange in enumerate(kept, first)])

    def _learn(self, redaction: Redaction) -> None:
        """Take over the secrets that the gateway has met since the last time. Called on the event loop."""
        if redaction is not self._learnt_from:
            self._learnt_from, self._learnt = redaction, 0
            self._redaction = redaction.afresh()
        self._redaction.learn(redaction.met_since(self._learnt))
        self._learnt = redaction.generation

    def shown(self, numbered: Numbered) -> ExchangeShown:
        """Return an exchange as in a list."""
        exchange = numbered.exchange
        key = exchange.id, numbered.number
        known: ExchangeShown | None = self._shown.get(key)
        if known is None:
            known = shown(numbered, self._redaction, plain_addresses=self._plain, own=self._own)
            self._shown.put(key, known)
        return known

    def description(self, exchange: Exchange) -> str:
        """Return the device's description of itself, without secrets."""
        try:
            return Saying(self._redaction, exchange.received).text(exchange.device.description)
        except OverBudgetError:
            return TOO_MUCH

    def device_pseudonym(self, exchange: Exchange) -> str:
        """Return the device's pseudonym in recordings; empty if the device sent no identifier."""
        try:
            return self._redaction.device(exchange.received)
        except OverBudgetError:
            return ""

    def detail(self, numbered: Numbered) -> ExchangeDetail:
        """Return all of an exchange."""
        exchange = numbered.exchange
        (entry,) = entries([exchange], self._redaction)
        listed = self.shown(numbered)
        legs = [
            LegShown(
                _request(leg.request),
                _answer(leg.response),
                live.response.source,
                live.request.upstream,
                round(live.elapsed_ms, 1),
                Saying(self._redaction, live.request).text(live.request.rewritten_from),
            )
            for leg, live in zip(entry.legs, exchange.legs, strict=True)
        ]
        return ExchangeDetail(
            exchange=listed,
            description=self.description(exchange),
            request=_request(entry.request),
            response=_answer(entry.response),
            legs=legs,
            findings=[
                FindingPlaced(shown, marks_of(_as_finding(shown), entry.request, entry.response), fix_of(shown.id))
                for shown in listed.findings
            ],
            gateway_ms=round(max(0.0, exchange.elapsed_ms - sum(leg.elapsed_ms for leg in exchange.legs)), 1),
            is_cut=exchange.is_cut,
        )


def shown(numbered: Numbered, redaction: Redaction, *, plain_addresses: bool, own: str = "") -> ExchangeShown:
    """Return an exchange without its secrets, as in a list. `own`: the name of this gateway in its fleet."""
    exchange = numbered.exchange
    received, reply, device = exchange.received, exchange.reply, exchange.device
    path, found = _said(redaction, exchange)
    route = place_of(received.method, received.path[:LONGEST_PATH]).route
    failure = failure_of(exchange)
    return ExchangeShown(
        number=numbered.number,
        id=exchange.id,
        at=stamp(exchange.at),
        device=device.name,
        address=shown_address(device.address, redaction, plain=plain_addresses),
        method=received.method,
        path=path,
        route=route.name if route is not None else "",
        status=reply.status,
        source=reply.source,
        upstream=upstream_of(exchange, failure),
        ms=round(exchange.elapsed_ms, 1),
        severity=level_of(exchange.findings, failure),
        error=failure.code if failure else "",
        rewritten=any(leg.request.rewritten_from for leg in exchange.legs),
        findings=[finding_shown(finding) for finding in found],
        gateway=exchange.gateway or own,
    )


def _said(redaction: Redaction, exchange: Exchange) -> tuple[str, Sequence[Finding]]:
    """Return the path and the findings without secrets. If a search for secrets takes too much work, leave out path and places."""
    try:
        saying = Saying(redaction, exchange.received)
        return saying.path, said_of(saying, exchange.findings)
    except OverBudgetError:
        return TOO_MUCH, [replace(finding, where="", found=TOO_MUCH) for finding in exchange.findings]


def finding_shown(finding: Finding) -> FindingShown:
    """Return a finding with its title."""
    return FindingShown(
        finding.id,
        finding.severity,
        title_of(finding.id),
        finding.where,
        finding.found,
        finding.expected,
        finding.source,
    )


def _as_finding(shown: FindingShown) -> Finding:
    return Finding(shown.id, shown.severity, shown.where, shown.found, shown.expected, shown.source)


def _request(request: Request) -> RequestShown:
    return RequestShown(request.method, request.target, list(request.headers.items()), _text(request.body))


def _answer(response: Response) -> AnswerShown:
    return AnswerShown(response.status, response.reason, list(response.headers.items()), _text(response.body))


def _text(body: object) -> str:
    if not isinstance(body, bytes):
        return ""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"({len(body)} bytes that are no text)"
    return text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]}… ({len(text):,} characters)"


def _size(key: tuple[str, int], shown: ExchangeShown) -> int:
    findings = sum([400 + len(finding.where) + len(finding.found) for finding in shown.findings])
    return 900 + len(key[0]) + 2 * len(shown.path) + findings

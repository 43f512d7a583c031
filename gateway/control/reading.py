"""Reads a gateway's journal for people: without secrets, outside of the event loop, and with a memory of what was read.

The journal holds exchanges as they were, so that keeping one costs next to nothing. They are redacted when somebody looks.
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
"""Bytes that exchanges may take as they are shown in a list."""
TOO_MUCH = "(too much work to be looked through for secrets)"
LONGEST_BODY = 1 << 16
"""Characters of a body that are shown."""


class Numbered(Struct, frozen=True):
    """An exchange, and its place among all of its gateway."""

    number: int
    exchange: Exchange


class JournalReader:
    """Reads the journal of one gateway. One thread at a time: what redacts learns from what it reads."""

    def __init__(self, steered: Steered, *, plain_addresses: bool, own: str = "") -> None:
        """`own`: what the gateway is called in its fleet."""
        self._steered = ref(steered)
        """Weak: the reader is kept by the gateway that it reads."""
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
        """Call `look` in a thread with the exchanges that are kept and have a number larger than `after`, the oldest first."""
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
        """Take over, on the loop, the secrets that the gateway has met since the last time."""
        if redaction is not self._learnt_from:
            self._learnt_from, self._learnt = redaction, 0
            self._redaction = redaction.afresh()
        self._redaction.learn(redaction.met_since(self._learnt))
        self._learnt = redaction.generation

    def shown(self, numbered: Numbered) -> ExchangeShown:
        """Return an exchange as a list shows it."""
        exchange = numbered.exchange
        key = exchange.id, numbered.number
        known: ExchangeShown | None = self._shown.get(key)
        if known is None:
            known = shown(numbered, self._redaction, plain_addresses=self._plain, own=self._own)
            self._shown.put(key, known)
        return known

    def description(self, exchange: Exchange) -> str:
        """Return what the device says it is."""
        try:
            return Saying(self._redaction, exchange.received).text(exchange.device.description)
        except OverBudgetError:
            return TOO_MUCH

    def device_pseudonym(self, exchange: Exchange) -> str:
        """Return what stands for the device's identifier in recordings; empty where it sent none."""
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
        )


def shown(numbered: Numbered, redaction: Redaction, *, plain_addresses: bool, own: str = "") -> ExchangeShown:
    """Return an exchange without its secrets, as a list shows it; `own`: the name of the gateway that shows it."""
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
    """Return the path and the findings without secrets; of what is too much work to be looked through neither path nor place."""
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

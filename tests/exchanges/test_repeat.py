"""A repeated exchange is seen as every other one by whoever wants to see it so, and costs little where nobody does."""

from __future__ import annotations

import io

from msgspec.structs import replace

from gateway.core.memo import Keepsake, Memo
from gateway.core.model import Exchange, Finding, Headers, Leg, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState
from gateway.exchanges.again import Again
from gateway.exchanges.journal import Journal
from gateway.exchanges.log import Log
from gateway.exchanges.logger import configure
from gateway.exchanges.observers import Observer, Observers
from gateway.exchanges.repeat import Repeat
from gateway.exchanges.traced import Traced
from tests.harness.for_each import for_each
from tests.harness.lab import Witness
from tests.legs import JWT, answer, logout

AT = 1_764_000_000.0
SCOPE = Finding("AUTH004", "warning", "header Authorization", "no scope", "api:client:v2")
NOTE = Finding("RULE001", "info", "rule", "a note", "")


def asked() -> Request:
    request = logout("roku", client="192.168.0.7")
    return replace(request, memo=Memo(request.method, request.target, request.headers))


def had(observers: Observers, request: Request, *findings: Finding, reply: Response | None = None) -> Again:
    reply = reply or answer(source="cassette")
    memo = request.memo
    kept = memo.kept if memo is not None else Keepsake()
    legs = ((replace(request, memo=None), reply),)
    return Again(request, kept, legs, reply, findings, (), observers, 1000)  # as `Agains.of`


def repeat(again: Again, number: int = 1, elapsed: float = 0.26) -> Repeat:
    made = Repeat(again, f"a-{number}", AT + number, again.observers.repeated)
    made.started -= elapsed
    return made


def test_it_is_the_earlier_exchange_with_an_id_and_times_of_its_own() -> None:
    again = had(Observers(), asked(), SCOPE, reply=replace(answer(source="cassette"), notes=(NOTE,)))
    one = repeat(again)
    received = replace(again.received, id="a-1")
    assert one.began == Exchange("a-1", received, at=AT + 1)
    one.end()
    assert one.elapsed_ms >= 260
    assert (one.response, one.kept, one.last) == (again.reply, again.kept, False)
    legs = (Leg(replace(again.legs[0][0], id="a-1"), again.reply, 0.0),)
    assert one.exchange == Exchange("a-1", received, legs, again.reply, one.elapsed_ms, (SCOPE, NOTE), AT + 1)
    assert one.exchange is one.exchange


async def test_whoever_writes_it_may_await_its_end() -> None:
    witness = Witness()
    await repeat(had(Observers([witness]), asked())).ended()
    assert [exchange.id for exchange in witness.exchanges] == ["a-1"]


class Frugal(Witness):
    """Needs no exchange for a repeat."""

    def __init__(self) -> None:
        super().__init__()
        self.repeats: list[Repeat] = []

    def repeated(self, repeat: Repeat) -> None:
        self.repeats.append(repeat)


@for_each("observer", [Witness(), Frugal()])
def test_an_observer_hears_of_each_end_once(observer: Observer) -> None:
    one = repeat(had(Observers([observer]), asked(), SCOPE))
    one.end()
    heard = observer.repeats if isinstance(observer, Frugal) else []
    assert [*heard, *observer.exchanges] == [one if isinstance(observer, Frugal) else one.exchange]  # type: ignore[attr-defined]


def test_the_journal_has_exchanges_however_they_were_had() -> None:
    kept, plain = Journal(3), Journal(3)
    again = had(Observers([kept]), asked(), SCOPE)
    for number in range(5):
        one = repeat(again, number)
        one.end()
        plain.ended(one.exchange)
    assert [exchange.id for exchange in kept.kept] == ["a-2", "a-3", "a-4"]
    assert [*kept.kept] == [*plain.kept]
    assert [*kept.since(4)] == [*plain.since(4)] == [*kept.kept[-1:]]
    assert (kept.first, kept.count) == (plain.first, plain.count)
    assert kept._held == plain._held


def test_fields_that_trace_a_call_are_its_own_and_count_in_the_journal() -> None:
    kept, plain = Journal(), Journal()
    again = had(Observers([kept]), asked())
    sent = again.legs[0][0].headers
    for number, traces in enumerate([(), ((b"X-Request-Id", b"1" * 40),), ((b"traceparent", b"00-" + b"2" * 60),), ()]):
        headers = Headers((*again.received.headers.raw, *traces))
        own = headers, Headers((*traces, *sent.raw))
        traced = Traced(headers, lambda own=own: own) if traces else None  # type: ignore[misc]  # as it is now
        one = Repeat(again, f"a-{number}", AT + number, again.observers.repeated, traced)
        one.end()
        plain.ended(one.exchange)
        assert (one.began.received.headers, one.exchange.legs[0].request.headers) == own
        assert one.exchange.received.headers == headers
        assert kept._held == plain._held
    assert [*kept.kept] == [*plain.kept]


def test_an_exchange_in_the_journal_that_nobody_looked_at_is_small() -> None:
    journal = Journal()
    one = repeat(had(Observers([journal]), asked()))
    one.end()
    another = repeat(one.again, 2)
    another.end()
    kept = journal.since(1)
    assert another._exchange is None
    assert [*kept] == [another.exchange]


@for_each("findings", [(), (SCOPE,), (SCOPE, SCOPE), (SCOPE, NOTE)])
def test_the_log_says_the_same_however_it_was_had(findings: tuple[Finding, ...]) -> None:
    def lines(*, repeated: bool) -> list[str]:
        out = io.StringIO()
        log = Log(configure(out)).of(Redaction(b"k" * 32), MemoryState())
        again = had(Observers([log]), asked(), *findings)
        for number in range(6):
            one = repeat(again, number)
            one.elapsed_ms = 0.26 * 7**number
            if repeated:
                log.repeated(one)
            else:
                log.ended(one.exchange)
        return out.getvalue().splitlines()

    assert lines(repeated=True) == lines(repeated=False)
    assert len(lines(repeated=True)) == 6


def test_a_form_of_another_exchange_is_not_taken() -> None:
    """The same head may get another answer later: its line is told anew."""
    out = io.StringIO()
    log = Log(configure(out)).of(Redaction(b"k" * 32), MemoryState())
    request, observers = asked(), Observers([log])
    gone = replace(answer(source="cassette"), status=410)
    for again in (had(observers, request), had(observers, request, reply=gone), had(observers, request)):
        for number in range(4):
            repeat(again, number).end()
    assert ['"status":410' in line for line in out.getvalue().splitlines()] == [*[False] * 4, *[True] * 4, *[False] * 4]


def test_a_device_of_which_the_counts_were_forgotten_is_told_in_full() -> None:
    out, state = io.StringIO(), MemoryState()
    log = Log(configure(out)).of(Redaction(b"k" * 32), state)
    again = had(Observers([log]), asked(), SCOPE)
    for number in range(4):
        repeat(again, number).end()
    state._told.clear()
    repeat(again, 4).end()
    lines = out.getvalue().splitlines()
    assert ["expected" in line for line in lines] == [True, False, False, False, True]


def test_a_secret_that_was_met_since_is_looked_for_in_what_is_told() -> None:
    out, redaction = io.StringIO(), Redaction(b"k" * 32)
    log = Log(configure(out)).of(redaction, MemoryState())
    again = had(Observers([log]), asked())
    for number in range(4):
        repeat(again, number).end()
    before = redaction.generation
    redaction.redacted(Request("GET", "/", Headers.of({"Authorization": f"Bearer {JWT}"})))
    assert redaction.generation > before
    repeat(again, 4).end()
    assert len(out.getvalue().splitlines()) == 5
    assert again.kept.told.generation == redaction.generation

"""The last exchanges in memory: large ones are cut before they displace others."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from gateway.core.memo import Keepsake
from gateway.core.model import Exchange, Leg, Request, Response
from gateway.exchanges.again import Again
from gateway.exchanges.journal import LARGE, Journal
from gateway.exchanges.observers import Observers
from gateway.exchanges.repeat import Repeat
from tests.harness.for_each import for_each

REQUEST = Request("GET", "/api/v2/REF30/profiles")
ROOM = 5 * LARGE
SMALL, BIG = 10, 2 * LARGE
"""Bytes of bodies."""


def exchange(number: int, size: int) -> Exchange:
    reply = Response(200, "OK", body=b"x" * size)
    return Exchange(str(number), REQUEST, (Leg(REQUEST, reply, 1.0),), reply)


def filled(journal: Journal, sizes: Iterable[int]) -> Journal:
    for number, size in enumerate(sizes, 1):
        journal.ended(exchange(number, size))
    return journal


def whole(journal: Journal) -> list[str]:
    return [kept.id for kept in journal.kept if not kept.is_cut]


@for_each(
    ("sizes", "cut"),
    [
        ([SMALL] * 9, []),
        ([BIG, BIG], []),
        ([BIG, SMALL, BIG, SMALL, BIG], [1]),
        ([BIG] * 6, [1, 2, 3, 4]),
        ([4 * BIG], []),
        ([4 * BIG, SMALL], []),
        ([BIG, 4 * BIG], [1]),
        ([4 * BIG, BIG], [1]),
    ],
)
def test_the_oldest_large_exchange_is_cut_when_large_ones_take_too_much(sizes: list[int], cut: list[int]) -> None:
    journal = filled(Journal(1000, large_room=ROOM), sizes)
    assert [kept.id for kept in journal.kept] == [str(number) for number in range(1, len(sizes) + 1)]
    assert [int(kept.id) for kept in journal.kept if kept.is_cut] == cut
    for kept, size in zip(journal.kept, sizes, strict=True):
        assert kept.reply.body == (b"" if kept.is_cut else b"x" * size)


def test_large_exchanges_displace_no_others() -> None:
    journal = filled(Journal(10_000, 1 << 20, large_room=ROOM), [SMALL, BIG] * 150)
    assert len(journal.kept) == 300
    assert whole(journal) == [str(number) for number in (*range(1, 297, 2), 297, 298, 299, 300)]
    assert journal._held < 1 << 20


def test_a_journal_holds_what_its_exchanges_hold() -> None:
    journal = Journal(20, large_room=ROOM)
    for number, size in enumerate([SMALL, BIG, BIG, 4 * BIG, SMALL, LARGE] * 20, 1):
        journal.ended(exchange(number, size))
        again = Journal(20)
        for kept in journal.kept:
            again.ended(kept)
        assert (journal._held, sum(journal._sizes)) == (again._held, again._held)
        assert len(journal._large) <= ROOM // LARGE + 1


def test_a_large_exchange_that_was_dropped_is_not_cut() -> None:
    journal = filled(Journal(3, large_room=ROOM), [BIG, SMALL, SMALL, SMALL, BIG, BIG])
    assert whole(journal) == ["4", "5", "6"]
    assert (journal.first, journal.count) == (4, 6)


def test_what_was_handed_out_is_not_cut_afterwards() -> None:
    journal = filled(Journal(1000, large_room=ROOM), [BIG])
    before = journal.kept
    filled(journal, [BIG, BIG])
    assert [kept.is_cut for kept in before] == [False]
    assert [kept.is_cut for kept in journal.kept] == [True, False, False]


def test_a_repeated_exchange_is_not_cut_since_it_shares_its_messages() -> None:
    journal = Journal(1000, large_room=ROOM)
    one = exchange(0, BIG)
    legs = ((one.received, one.reply),)
    again = Again(one.received, Keepsake(), legs, one.reply, (), (), Observers([journal]), 0)
    for number in range(9):
        Repeat(again, str(number), 0.0, again.observers.repeated).end()
    assert whole(journal) == [str(number) for number in range(9)]


@pytest.mark.parametrize("size", [SMALL, BIG])
def test_a_journal_without_room_for_large_ones_of_their_own_keeps_all_whole(size: int) -> None:
    assert len(whole(filled(Journal(), [size] * 500))) == 500

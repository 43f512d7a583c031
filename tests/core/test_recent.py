"""What was seen lately is remembered, within bounds of number and of time."""

from __future__ import annotations

import math

from msgspec.structs import replace

from gateway.core.recent import NOBODY, Recent


def names(recent: Recent) -> list[str]:
    return [name for name, _ in recent.entries]


def test_the_oldest_gives_way() -> None:
    recent = NOBODY
    for at, name in enumerate("abcb"):
        recent = recent.saw(name, 20 * at, within=100, most=2)
    assert names(recent) == ["c", "b"]


def test_a_full_memory_of_the_last_moments_stays_as_it_is() -> None:
    """Those who take turns change nothing: there are many, whoever they are. It is looked at again when its oldest entry is older."""
    full = NOBODY.saw("a", 0, within=80, most=2).saw("b", 1, within=80, most=2)
    assert full.saw("c", 9.9, within=80, most=2) is full
    assert full.saw("a", 9.9, within=80, most=2) is full
    assert full.rests(within=80, fine=1) == -math.inf  # nothing was said of it yet
    assert replace(full, said=1.0).rests(within=80, fine=1) == 10
    assert names(full.saw("c", 10, within=80, most=2)) == ["b", "c"]


def test_what_was_not_seen_for_long_is_gone() -> None:
    recent = NOBODY.saw("a", 0, within=10, most=5).saw("b", 5, within=10, most=5)
    assert names(recent.saw("c", 10, within=10, most=5)) == ["a", "b", "c"]
    assert names(recent.saw("c", 10.1, within=10, most=5)) == ["b", "c"]


def test_the_same_again_changes_nothing() -> None:
    recent = NOBODY.saw("a", 0, within=80, most=5)
    assert recent.saw("a", 9.9, within=80, most=5) is recent
    assert recent.saw("a", 10, within=80, most=5).entries == (("a", 10),)

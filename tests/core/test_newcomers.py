"""A key that came once is known when it comes again soon. It costs one number."""

from __future__ import annotations

from sys import getsizeof

from gateway.core.newcomers import FEW, MOST, Newcomers


def test_few_keys_take_little_space_and_are_known_when_there_are_many() -> None:
    """A gateway has a dozen memories with newcomers, and most suites start a gateway for each test."""
    newcomers = Newcomers()
    sizes = []
    for number in range(2 * FEW):
        assert newcomers.is_first(f"stranger {number}")
        assert not newcomers.is_first(f"stranger {number}")
        sizes.append(getsizeof(newcomers._met))
    assert sizes[FEW // 2] < 16 << 10 < 8 * MOST < sizes[-1]
    assert sum(newcomers.is_first(f"stranger {number}") for number in range(2 * FEW)) < FEW


def test_any_number_of_keys_costs_one_number_each_up_to_a_limit() -> None:
    newcomers = Newcomers()
    newcomers.was_full(10 * MOST)
    for number in range(3 * MOST):
        newcomers.is_first(f"stranger {number}")
    assert getsizeof(newcomers._met) < 9 * MOST


def test_all_keys_that_take_turns_are_noticed_after_some_turns() -> None:
    """Two keys that share a place do not displace each other for ever."""
    newcomers = Newcomers()
    strangers = {f"stranger {number}" for number in range(4000)}
    turns: list[int] = []
    while strangers and len(turns) < 30:
        strangers = {stranger for stranger in strangers if newcomers.is_first(stranger)}
        turns.append(len(strangers))
    assert turns[0] == 4000
    assert turns[1] < 3000
    assert not strangers


def test_far_more_keys_than_places_are_new_each_time() -> None:
    newcomers = Newcomers()
    again = [newcomers.is_first(f"stranger {number}") for _ in range(3) for number in range(60_000)].count(False)
    assert again < 60


def test_after_the_memory_was_full_the_same_keys_are_noticed_each_time() -> None:
    """So a memory with space for half of the keys that take turns keeps the entries of some of these keys."""
    newcomers = Newcomers()
    newcomers.was_full(1000)
    strangers = [f"stranger {number}" for number in range(2000)]
    noticed = [{number for number in strangers if not newcomers.is_first(number)} for _ in range(4)]
    assert noticed[0] == set()
    assert noticed[1] == noticed[2] == noticed[3]
    assert 100 < len(noticed[1]) < 1000


def test_a_key_is_new_again_after_clear() -> None:
    newcomers = Newcomers()
    newcomers.is_first("a")
    assert not newcomers.is_first("a")
    newcomers.clear()
    assert newcomers.is_first("a")

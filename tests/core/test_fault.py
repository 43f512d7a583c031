"""What is drawn at a call, and what a fault's effect comes to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.damage import Break, Damage
from gateway.core.fault import Effect, Occasion, unanswered
from gateway.core.state import MemoryState
from tests.core.faults.calls import request

STATE = MemoryState()


def occasion(seed: str = "7", mark: str = "tv", nth: int = 1) -> Occasion:
    return Occasion(request(), STATE, "fault 0", 0.0, nth, seed, mark)


@given(st.text(), st.text(), st.integers(min_value=1, max_value=1 << 40))
def test_a_draw_depends_on_seed_device_and_number_alone(seed: str, mark: str, nth: int) -> None:
    seed, mark = seed.encode("utf-8", "replace").decode(), mark.encode("utf-8", "replace").decode()
    drawn = occasion(seed, mark, nth).draw("happens")
    assert 0 <= drawn < 1
    assert drawn == Occasion(request(device="x"), MemoryState(), "another", 99.0, nth, seed, mark).draw("happens")


def test_draws_are_even_and_independent_of_one_another() -> None:
    drawn = [occasion(nth=nth).draw("happens") for nth in range(1, 2001)]
    assert abs(sum(drawn) / 2000 - 0.5) < 0.02
    assert abs(sum(number < 0.1 for number in drawn) / 2000 - 0.1) < 0.02
    assert len(set(drawn)) == 2000
    other = [occasion(mark="tv2", nth=nth).draw("happens") for nth in range(1, 2001)]
    both = sum(one < 0.5 and two < 0.5 for one, two in zip(drawn, other, strict=True))
    assert abs(both / 2000 - 0.25) < 0.03


def test_an_effect_becomes_the_damage_that_the_answer_carries() -> None:
    effect = Effect(pace=10.0, broken=Break("body", "close"), whole=False)
    assert effect.damage("slow") == Damage(("slow",), False, 10.0, Break("body", "close"))
    assert unanswered(502).reason == "Bad Gateway"

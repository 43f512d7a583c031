"""Two damages of one answer."""

from __future__ import annotations

from gateway.core.damage import Break, Damage


def test_of_two_damages_both_happen_and_of_two_breaks_the_first() -> None:
    slow = Damage(("slow_body",), pace=5.0)
    reset = Damage(("reset",), whole=False, broken=Break("head", "reset"))
    cut = Damage(("truncated_body",), whole=False, broken=Break("body", "close"))
    assert slow.and_(reset.and_(cut)) == Damage(
        ("slow_body", "reset", "truncated_body"), whole=False, pace=5.0, broken=Break("head", "reset")
    )
    assert slow.and_(None) is slow


def test_only_some_damage_concerns_the_wire() -> None:
    assert not Damage(("delay",)).concerns_wire
    assert Damage(("slow_body",), pace=5.0).concerns_wire
    assert Damage(("no_response",), silence=1.0).concerns_wire
    assert Damage(("reset",), broken=Break("start", "reset")).concerns_wire

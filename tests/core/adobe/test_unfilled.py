"""Names of nothing."""

from __future__ import annotations

from gateway.core.adobe.unfilled import NOTHING, is_nothing


def test_names_of_nothing_are_no_values_and_other_names_are() -> None:
    assert all(map(is_nothing, NOTHING))
    assert not any(map(is_nothing, ("", "NONE", "Null", "nothing", "undefined1")))

"""How numbers are said."""

from __future__ import annotations

from gateway.core.wording import event_line, many, nth


def test_numbers_of_things_and_their_order() -> None:
    assert [many(count, "entry") for count in (0, 1, 2000)] == ["0 entries", "1 entry", "2,000 entries"]
    numbers = (1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111, 113, 1003)
    assert " ".join(map(nth, numbers)) == "1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 101st 111th 113th 1003rd"


def test_an_event_is_a_line_whose_hint_is_a_sentence_at_its_end() -> None:
    assert event_line("late", "by 3 s, of 9", "set a timeout") == "late: by 3 s, of 9; set a timeout"
    assert event_line("late", "", "set a timeout") == "late: set a timeout"
    assert event_line("late", "by 3 s", "") == "late: by 3 s"
    assert event_line("late", "", None) == "late"

"""What is printed of a text that anybody may have written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.text import cut, cut_middle, printable
from tests.harness.for_each import for_each


@for_each(
    ("text", "shown"),
    [
        ("plain é 電視", "plain é 電視"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\u202e\ufffe\x85", r"\u202e\ufffe\x85"),
        ("\u2028\u200b\U000e0041", r"\u2028\u200b\U000e0041"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_would_act_on_a_terminal_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_text_of_several_lines_may_keep_them() -> None:
    assert printable("a\tb\r\n\x07", but="\n\t") == "a\tb\\r\n\\x07"


@given(st.text())
def test_all_text_becomes_printable_and_stays_so(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown


@pytest.mark.parametrize(("text", "shown"), [("abc", "abc"), ("abcd", "abc…"), ("", "")])
def test_a_long_text_is_cut(text: str, shown: str) -> None:
    assert cut(text, 3) == shown


@given(st.text(), st.integers(0, 40))
def test_a_text_that_is_cut_in_its_middle_keeps_both_ends(text: str, most: int) -> None:
    shown = cut_middle(text, most)
    assert len(shown) <= max(most, 3)
    if shown != text:
        start, _, end = shown.partition("…") if "…" not in text else (text[:1], "", "")
        assert text.startswith(start)
        assert text.endswith(end)

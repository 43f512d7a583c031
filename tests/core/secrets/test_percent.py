"""Percent-encoding: what does not change keeps its spelling, and what changes reads back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.secrets.percent import inside_percent, percent_decoded
from tests.harness.for_each import for_each
from tests.planting import examples

TEXTS = st.text(st.sampled_from("ab%2f+ /?&=;!'()é\udcff"), max_size=20)


@for_each(
    ("raw", "plain"),
    [("a", "a"), ("%61", "a"), ("%2f", "/"), ("a+b", "a+b"), ("100%", "100%"), ("%c3%a9", "é"), ("%ff", "\udcff")],
)
def test_percent_encoding_is_undone_and_a_byte_that_is_not_utf_8_stays(raw: str, plain: str) -> None:
    assert percent_decoded(raw) == plain


@given(raw=TEXTS)
@examples(200)
def test_a_text_without_a_change_keeps_its_spelling(raw: str) -> None:
    assert inside_percent(raw, lambda plain: plain) == raw


@given(raw=TEXTS, new=TEXTS)
@examples(200)
def test_a_changed_text_reads_back(raw: str, new: str) -> None:
    changed = inside_percent(raw, lambda _: new)
    assert percent_decoded(changed) == new or changed == raw


@for_each(
    ("raw", "changed"),
    [("/a?b=1", "/a?b%3D2"), ("%2Fa%3Fb", "%2Fa%3Fb%3D2"), ("a b=1", "a b=2"), ("app://x/1", "app://x/2")],
)
def test_the_characters_that_the_sender_left_as_they_are_stay(raw: str, changed: str) -> None:
    def change(plain: str) -> str:
        return plain.replace("1", "2") if "1" in plain else f"{plain}=2"

    assert inside_percent(raw, change) == changed

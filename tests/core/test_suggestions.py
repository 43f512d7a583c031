"""What a mistyped word is taken for."""

from __future__ import annotations

from gateway.core.suggestions import resembling, suggestion, unknown_key


def test_a_word_resembles_the_nearest_known_one_whatever_its_case_and_hyphens() -> None:
    known = ("redirect_url", "mvpd", "label")
    for word, expected in (
        ("redirect_ur", "redirect_url"),
        ("Redirect-URL", "redirect_url"),
        ("lable", "label"),
        ("nothing", None),
        ("", None),
        ("m" * 100_000, None),
    ):
        assert resembling(word, known) == expected, word


def test_an_unknown_key_is_told_which_it_may_be_or_all_that_are_known() -> None:
    assert suggestion("lable", ["label"]) == "; did you mean label?"
    assert suggestion("x", ["label"]) == ""
    assert unknown_key("lable", iter(["label", "mode"])) == "unknown key; did you mean label?"
    assert unknown_key("x", iter(["label", "mode"])) == "unknown key; known here: label, mode"

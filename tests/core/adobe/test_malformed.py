"""A value is shown by its shape; a secret with four characters at the most, and one that is public only where it is plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.adobe.malformed import beginning, shape, shown, shown_media
from tests.harness.for_each import for_each


@for_each(
    ("text", "says"),
    [
        ("", "nothing"),
        ("a", "1 character of letters and digits"),
        ("abc1", "4 characters of letters and digits"),
        ("ab+c", "4 characters of Base64"),
        ("ab-c", "4 characters of URL-safe Base64"),
        ("a b", "3 characters of ASCII"),
        ("a\tb", "3 characters of ASCII with control characters"),
        ("\xe9", "1 character of bytes beyond ASCII"),
    ],
)
def test_a_shape_says_nothing_of_the_value(text: str, says: str) -> None:
    assert shape(text) == says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Roku OS", '"Roku OS"'),
        ("${mvpd}", '"${mvpd}"'),
        ("a" * 24, f'"{"a" * 24}"'),
        ("a" * 25, "25 characters of letters and digits"),
        ("<script>", "8 characters of ASCII"),
    ],
)
def test_a_public_value_is_quoted_where_it_is_plain(text: str, says: str) -> None:
    assert shown(text) == says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("text/html", "text/html"),
        ("text/html, */*;q=0.1", "text/html and more"),
        ("eyJhbGci", "8 characters of letters and digits"),
    ],
)
def test_a_media_type_is_named(text: str, says: str) -> None:
    assert shown_media(text) == says


@given(st.text(min_size=1))
def test_of_a_secret_four_characters_are_shown_at_the_most(secret: str) -> None:
    said = beginning(secret)
    assert len(said) <= 5
    assert secret not in said

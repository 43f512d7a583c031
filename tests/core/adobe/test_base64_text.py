"""Base64 is decoded as leniently as a server might, and what is wrong with it is said."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.adobe.base64_text import Base64Text, read_base64
from gateway.core.adobe.malformed import Malformed
from tests.harness.for_each import for_each


@for_each(
    ("text", "data", "flaws"),
    [
        ("YWJj", b"abc", []),
        ("YWI=", b"ab", []),
        ("YWI", b"ab", ["no padding"]),
        ("Pz8_", b"???", ["URL-safe alphabet"]),
        ("Pj4-Pg", b">>>>", ["URL-safe alphabet"]),
        ("YWI%3D", b"ab", ["percent-encoded"]),
        ("Pz8%2F", b"???", ["percent-encoded"]),
        ("Pz8%5F", b"???", ["URL-safe alphabet", "percent-encoded"]),
    ],
)
def test_what_is_forgiven_is_named(text: str, data: bytes, flaws: list[str]) -> None:
    assert read_base64(text) == Base64Text(data, frozenset(flaws))  # type: ignore[arg-type]  # the literals are those


@for_each(
    ("text", "found"),
    [
        ("", "nothing"),
        ("====", "nothing"),
        ("%3D", "nothing"),
        ("YWJjZ", "5 characters, cut off"),
        ("YWI==", "5 characters, padding wrong"),
        ("YWI=YWI=", "two Base64 texts in one, padding in the middle"),
        ("YW I", "4 characters of ASCII"),
        ("YW\xe9j", "4 characters of bytes beyond ASCII"),
        ("+-/_", "4 characters of ASCII"),
        ("{}", "2 characters of ASCII"),
    ],
)
def test_what_is_not_forgiven_is_said(text: str, found: str) -> None:
    wrong = read_base64(text)
    assert isinstance(wrong, Malformed)
    assert wrong.found == found


@given(st.binary(min_size=1))
def test_what_is_encoded_is_decoded(data: bytes) -> None:
    assert read_base64(base64.b64encode(data).decode()) == Base64Text(data)

"""redirectUrl is read as it stands in the query, with how it was encoded."""

from __future__ import annotations

from gateway.core.adobe.redirect_url import read_redirect_url
from tests.harness.for_each import for_each


@for_each(
    ("raw", "scheme", "flaws"),
    [
        ("https%3A%2F%2Fe.com", "https", []),
        ("HTTP%3a%2f%2fe.com", "http", []),
        ("https://e.com", "https", ["not encoded"]),
        ("https%253A%252F%252Fe.com", "https", ["double-encoded"]),
        ("https%25253A%25252F%25252Fe.com", "", ["not absolute"]),
        ("myapp%3Abye", "myapp", []),
        ("%2Fbye", "", ["not absolute"]),
        ("%2F%2Fe.com", "", ["not absolute"]),
        ("e.com?a", "", ["not absolute", "not encoded"]),
        ("", "", ["not absolute"]),
        ("%zz%", "", ["not absolute"]),
    ],
)
def test_how_it_was_encoded_is_seen(raw: str, scheme: str, flaws: list[str]) -> None:
    url = read_redirect_url(raw)
    assert (url.scheme, sorted(url.flaws)) == (scheme, flaws)
    assert "e.com" not in url.shape

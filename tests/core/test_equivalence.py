"""Which spellings of a target are one: a table for each part, and what holds for every text."""

from __future__ import annotations

import time
from itertools import pairwise
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.equivalence import _common_path, equivalent_path, equivalent_query, equivalent_target, spelled
from gateway.core.matching import Matcher
from gateway.core.model import Request
from gateway.core.redaction import Redaction

EQUAL_PATHS = (
    ("/a%3ab", "/a%3Ab"),
    ("/REF%5F30", "/REF_30"),
    ("/%7Ea%2d%2E", "/~a-."),
    ("/a b|c", "/a%20b%7Cc"),
    ("/caf\u00c3\u00a9", "/caf%c3%A9"),
    ("/100%", "/100%25"),
    ("/%zz", "/%25zz"),
)
OTHER_PATHS = (
    ("/a%2Fb", "/a/b"),
    ("/a%3Ab", "/a:b"),
    ("/a%2520b", "/a%20b"),
    ("/a+b", "/a%20b"),
    ("/A", "/a"),
    ("/a", "/a/"),
    ("/%2541", "/%41"),
)
EQUAL_QUERIES = (
    ("redirectUrl=https://x", "redirectUrl=https%3A%2F%2Fx"),
    ("u=https://x/?a=1", "u=https%3a%2f%2fx%2f%3Fa%3D1"),
    ("a=b+c", "a=b%20c"),
    ("a=b c", "a=b%20c"),
    ("b=2&a=1", "a=1&b=2"),
    ("%61=1", "a=1"),
    ("a=%zz", "a=%25zz"),
    ("a=*", "a=%2a"),
    ("a=\u00c3\u00a9", "a=%C3%A9"),
)
OTHER_QUERIES = (
    ("u=https%253A%252F%252Fx", "u=https%3A%2F%2Fx"),
    ("a=b%2Bc", "a=b+c"),
    ("a=1%26b=2", "a=1&b=2"),
    ("a%3D1", "a=1"),
    ("a", "a="),
    ("a=1&a=1", "a=1"),
    ("a=1&", "a=1"),
    ("A=1", "a=1"),
    ("a=%2541", "a=%41"),
)


def test_spellings_of_a_path_and_of_a_query() -> None:
    for left, right in EQUAL_PATHS:
        assert equivalent_path(left) == equivalent_path(right), (left, right)
    for left, right in OTHER_PATHS:
        assert equivalent_path(left) != equivalent_path(right), (left, right)
    for left, right in EQUAL_QUERIES:
        assert equivalent_query(left) == equivalent_query(right), (left, right)
    for left, right in OTHER_QUERIES:
        assert equivalent_query(left) != equivalent_query(right), (left, right)


wire = st.text(alphabet=st.characters(max_codepoint=255), max_size=40)


@given(wire | st.text(alphabet="ab=&%;+ *4127fFeE/?", max_size=40))
def test_the_one_spelling_is_its_own_and_keeps_the_number_of_pairs(target: str) -> None:
    once = equivalent_target(target)
    assert equivalent_target(once) == once
    query = target.partition("?")[2]
    assert len(equivalent_query(query).split("&")) == len(query.split("&"))


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=4))
def test_every_way_in_which_clients_write_pairs_is_one(pairs: dict[str, str]) -> None:
    """Those of urlencode with + or %20, and with as much left open as any client leaves."""
    pairs = {
        name.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
        for name, value in pairs.items()
    }
    ways = [
        urlencode(pairs),
        urlencode(pairs, quote_via=quote),
        urlencode(pairs, quote_via=quote_plus, safe="/:?@,!$'()*;"),
        "&".join(
            f"{quote(name, safe='')}={quote(value, safe=chr(61) + '/:?@')}" for name, value in reversed(pairs.items())
        ),
        "&".join(f"{spelled(name)}={spelled(value)}" for name, value in pairs.items()),
    ]
    assert all(equivalent_query(left) == equivalent_query(right) for left, right in pairwise(ways)), ways


@given(wire, wire)
def test_what_is_not_equal_when_it_is_decoded_once_is_not_equal(left: str, right: str) -> None:
    if equivalent_query(left) == equivalent_query(right):
        read = [sorted(parse_qsl(side, keep_blank_values=True, encoding="latin-1")) for side in (left, right)]
        assert read[0] == read[1]


SECRET = {
    "redirectUrl": "https://x.example/a b?token=abcdefghijklmnop1234&b=c d",
    "deviceId": "tv of the kitchen",
    "password": "Tr0ub4dor&3 xyz",
    "user": "jane.doe@mail.example",
    "q": "p/w&1 2",
}


@given(st.sets(st.sampled_from(sorted(SECRET)), min_size=1).map(lambda names: {name: SECRET[name] for name in names}))
def test_every_spelling_is_one_after_redaction_too(pairs: dict[str, str]) -> None:
    """What is recorded was redacted first, and redaction writes a URL anew whose parameters it replaces."""
    redaction, matcher = Redaction(b"k" * 32), Matcher()
    ways = [urlencode(pairs), urlencode(pairs, quote_via=quote), urlencode(pairs, safe="/:?@,;=")]
    live = {matcher.key(redaction.compared(Request("GET", f"/a?{way}"), whole=False), "") for way in ways}
    kept = [redaction.redacted(Request("GET", f"/a?{way}"))[0] for way in ways]
    recorded = {matcher.key(redaction.compared(request, whole=False), "") for request in kept}
    assert len(live | recorded) == 1


def test_the_longest_query_takes_milliseconds() -> None:
    for query in ("a=" + "%3a" * 20_000, "&".join(["a=%3a"] * 10_000), "\xff" * 60_000):
        began = time.thread_time()
        equivalent_query(query)
        equivalent_path(query)
        assert time.thread_time() - began < 0.2


@given(st.text(st.characters(max_codepoint=255), max_size=30))
def test_a_path_with_one_spelling_is_known_at_once(path: str) -> None:
    assert equivalent_path(path) == _common_path(path)

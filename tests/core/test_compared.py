"""What `cassettes.match` may say, and what is refused: what is none, and what would say nothing."""

from __future__ import annotations

import re

import pytest

from gateway.core.compared import MATCH_PATTERN, EntryError, entry_of, idle

GOOD = (
    *("method", "path", "query", "raw", "upstream", "headers", "body"),
    *(
        "query:ts",
        "-query:ts",
        "query:a b",
        "header:Accept",
        "-header:X-Trace",
        "body:$.a",
        "-body:$.e[*].at",
        'body:$["a b"][0]',
    ),
)
BAD = {
    "": "method, path,",
    "-query": "method, path,",
    "-raw": "method, path,",
    "cookies": "method, path,",
    "method:GET": "method, path,",
    "query:": "query:NAME",
    "header:": "header:NAME",
    "header": "header:NAME",
    "header:a b": "header:NAME",
    "header:Host": "a header field that recordings have",
    "-header:connection": "a header field that recordings have",
    "body:": "body:PATH",
    "body:a": "body:PATH",
    "body:$..a": "body:PATH",
}
IDLE = {
    ("path", "-query:ts"): ["query in the list as well, of which -query:ts leaves out one"],
    ("query", "query:ts"): ["no query:ts where all of query is compared"],
    ("query:a", "-query:b"): ["query in the list as well, of which -query:b leaves out one"],
    ("header:A", "-header:B"): ["headers in the list as well, of which -header:B leaves out one"],
    ("headers", "header:A"): ["no header:A where all of headers is compared"],
    ("body", "body:$.a"): ["no body:$.a where all of body is compared"],
    ("raw", "path"): ["neither path nor query beside raw, which is both byte by byte"],
    ("raw", "query:a"): ["neither path nor query beside raw, which is both byte by byte"],
    ("raw", "method"): [],
    ("method", "path", "query", "-query:ts", "-query:sig", "header:A", "body", "-body:$.a"): [],
}


def test_what_an_entry_may_be() -> None:
    for text in GOOD:
        entry_of(text)
        assert re.search(MATCH_PATTERN, text), text
    for text, expected in BAD.items():
        with pytest.raises(EntryError, match=f"^{expected}"):
            entry_of(text)


def test_an_entry_that_says_nothing_is_told() -> None:
    assert {entries: [expected for expected, _ in idle(entries)] for entries in IDLE} == IDLE

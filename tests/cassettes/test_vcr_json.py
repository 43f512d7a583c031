"""vcrpy's JSON is read like its YAML, stays JSON when it is scrubbed, and the real vcrpy reads it again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from vcr.request import Request as VcrRequest
from vcr.serialize import deserialize, serialize
from vcr.serializers import jsonserializer

from gateway.cassettes.parsing import parse
from gateway.cassettes.vcr_json import as_yaml, may_be_json, rewritten
from gateway.core.model import Interaction
from tests.harness.for_each import for_each
from tests.planting import examples

URI = "https://api.auth.adobe.com/api/v2/REF30/logout/Dish"


def by_vcrpy(*answers: str) -> bytes:
    """Return a cassette as vcrpy's JSON serializer writes it."""
    headers = {"Content-Type": ["text/plain; charset=utf-8"], "Set-Cookie": ["a=1", "b=2"]}
    both = {
        "requests": [VcrRequest("GET", f"{URI}?n={n}", None, {"Accept": "*/*"}) for n, _ in enumerate(answers)],
        "responses": [
            {"status": {"code": 200, "message": "OK"}, "headers": headers, "body": {"string": text}} for text in answers
        ],
    }
    return str(serialize(both, jsonserializer)).encode()


def bodies(interactions: tuple[Interaction, ...]) -> list[object]:
    return [one.response.body for one in interactions]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=3))
@examples(60)
def test_whatever_text_vcrpy_writes_as_json_is_read_and_written_again(answers: list[str]) -> None:
    data = by_vcrpy(*answers)
    assert may_be_json(data)
    read = parse(Path(), data)
    assert bodies(read) == [text.encode() for text in answers]
    changed = replace(read[0], response=replace(read[0].response, body=b"\xf0\x9f\x98\x80"))
    again = rewritten(data, {0: changed})
    assert again is not None
    assert bodies(parse(Path(), again)) == ["\U0001f600".encode(), *[text.encode() for text in answers[1:]]]
    requests, responses = deserialize(again.decode(), jsonserializer)
    assert [request.uri for request in requests] == [one.origin + one.request.target for one in read]
    assert responses[0]["headers"]["Set-Cookie"] == ["a=1", "b=2"]


@for_each(
    ("text", "expected"),
    [
        (r'"\ud83d\ude00"', r'"\U0001F600"'),
        (r'"\uD83D\uDE00\u00e9"', r'"\U0001F600\u00e9"'),
        (r'"\\ud83d\ude00"', r'"\\ud83d\ude00"'),
        (r'"\\\ud83d\ude00"', r'"\\\U0001F600"'),
        (r'"\ud83d\ud83d"', r'"\ud83d\ud83d"'),
        ('"plain"', '"plain"'),
    ],
)
def test_the_halves_of_a_character_become_one(text: str, expected: str) -> None:
    assert as_yaml(text) == expected


def test_what_else_the_file_says_stays_and_bytes_are_refused() -> None:
    document = json.loads(by_vcrpy("a", "b"))
    document["interactions"][1]["mine"] = document["recorded_with"] = "something"
    data = json.dumps(document).encode()
    first, second = parse(Path(), data)
    assert json.loads(rewritten(data, {}) or b"")["interactions"] == document["interactions"]
    after = json.loads(rewritten(data, {1: second}) or b"")
    assert (after["recorded_with"], after["interactions"][1]["mine"]) == ("something", "something")
    assert after["interactions"][0] == document["interactions"][0]
    assert rewritten(b"{version: 1, interactions: []}", {}) is None
    assert rewritten(b"version: 1\ninteractions: []\n", {}) is None
    with pytest.raises(ValueError, match="no text cannot be written as JSON"):
        rewritten(data, {0: replace(first, response=replace(first.response, body=b"\xff"))})

"""vcrpy's cassettes: read as a replay reads them, pydantic-ai's bodies included."""

from __future__ import annotations

import pytest

from tests.cassettes.converters.material import SEVERAL, UNKNOWN, bare, read, recorded, told, written

STALE = """interactions:
- request: {method: GET, uri: 'http://a/x', body: null, headers: {}}
  response:
    status: {code: 200, message: OK}
    headers: {Content-Encoding: [gzip], Content-Length: ['999'], Date: ['Sun, 22 Nov 2026 06:12:26 GMT']}
    body: {string: plain}
version: 1
"""
PYDANTIC_AI = """interactions:
- request:
    headers: {content-type: [application/json]}
    method: POST
    parsed_body: {messages: [{content: "caf\\xE9", n: 1}], stream: false}
    uri: https://api.example.com/v1/chat
  response:
    headers: {content-length: ['900'], content-type: [application/json]}
    parsed_body: {id: x, usage: {tokens: 12}}
    status: {code: 200, message: OK}
version: 1
"""


def test_nothing_is_lost_there_and_back() -> None:
    data, lost = written("vcr", SEVERAL)
    assert lost == []
    found, lost = read("vcr", data)
    assert [bare(interaction) for interaction in found] == SEVERAL
    assert lost == []


def test_a_stale_coding_and_length_are_put_right_and_the_time_is_the_answers() -> None:
    [found], lost = read("vcr", STALE)
    assert next(found.response.headers.items()) == ("Content-Length", "5")
    assert found.recorded_at == "2026-11-22T06:12:26.000Z"
    assert found.about == {"imported_from": "vcr"}
    assert lost == ["1 interaction: the body is stored decoded, with its true length and without Content-Encoding"]


def test_bodies_that_pydantic_ai_parsed_are_json_again() -> None:
    [found], lost = read("vcr", PYDANTIC_AI)
    assert found.request.body == '{"messages":[{"content":"caf\u00e9","n":1}],"stream":false}'.encode()
    assert found.response.body == b'{"id":"x","usage":{"tokens":12}}'
    assert found.response.headers["content-length"] == "32"
    assert lost == ["1 interaction: a body was stored as JSON values, so its bytes may differ"]


def test_an_answer_that_does_not_decode_is_left_out_alone() -> None:
    """And what is told of the others is told of them."""
    block = STALE.removeprefix("interactions:\n").removesuffix("version: 1\n")
    coded = block.replace("[gzip]", "[dcb]")
    plain = block.replace("Content-Encoding: [gzip], ", "").replace("string: plain", "string: last")
    found, lost = read("vcr", f"interactions:\n{coded}{block}{coded}{plain}version: 1\n")
    assert [interaction.response.body for interaction in found] == [b"plain", b"last"]
    assert lost == [
        f"2 interactions: {UNKNOWN}",
        "1 interaction: the body is stored decoded, with its true length and without Content-Encoding",
    ]


def test_of_bodies_that_pydantic_ai_parsed_too() -> None:
    coded = PYDANTIC_AI.replace("content-length: ['900']", "content-encoding: [dcb]")
    assert read("vcr", coded) == (
        [],
        ["1 interaction: a body was stored as JSON values, so its bytes may differ", f"1 interaction: {UNKNOWN}"],
    )


@pytest.mark.parametrize(
    ("data", "line", "where"),
    [
        ("interactions: 5", 1, "interactions"),
        ("interactions:\n- request: 1\n", 2, "request"),
        (STALE.replace("'http://a/x'", "x"), 2, "request.uri"),
        (
            PYDANTIC_AI.replace("https://api.example.com/v1/chat", "file:///etc/passwd"),
            2,
            "interactions[0].request.url",
        ),
        ("interactions: !!python/object/apply:os.system [x]", 1, ""),
    ],
)
def test_a_malformed_file_is_told_with_its_place(data: str, line: int, where: str) -> None:
    assert told("vcr", data) == (line, where)


def test_a_file_without_interactions_is_told() -> None:
    assert written("vcr", [])[1] == ["1 cassette: vcrpy cannot read a file without interactions"]
    assert written("vcr", [recorded()])[1] == []

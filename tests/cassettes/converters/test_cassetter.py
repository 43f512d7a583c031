"""cassetter's files: bodies by their type, in the order of recording."""

from __future__ import annotations

import pytest

from tests.cassettes.converters.material import UNKNOWN, read, told

FILE = """version: 1
interactions:
- request:
    method: GET
    uri: http://127.0.0.1:18765/bin?q=1
    headers:
      accept:
      - "*/*"
      connection:
      - keep-alive
    body:
      type: none
  response:
    status: 200
    headers:
      content-length:
      - "3"
    body:
      type: binary
      content: 12e500
  recorded_at: 2026-11-22T06:23:01.398181+00:00
- request:
    method: POST
    uri: http://127.0.0.1:18765/json
    headers: {}
    body:
      type: text
      content: |
        caf\u00e9
  response:
    status: 200
    headers: {}
    body:
      type: json
      content: {a: [1, 2.0, null, true], b: "1"}
  recorded_at: 2026-11-22T06:23:00.350995+00:00
"""


def test_bodies_by_their_type_in_the_order_of_recording() -> None:
    [first, second], lost = read("cassetter", FILE)
    assert (first.request.method, first.request.body) == ("POST", "caf\u00e9\n".encode())
    assert first.response.body == b'{"a":[1,2.0,null,true],"b":"1"}'
    assert first.recorded_at == "2026-11-22T06:23:00.350Z"
    assert (second.request.target, second.response.body) == ("/bin?q=1", b"\x12\xe5\x00")
    assert list(second.request.headers) == ["accept"]
    assert lost == [
        "2 interactions: cassetter's files have no reason phrases, and no fields that cassetter regards as private",
        "1 interaction: a body was stored as JSON values, so its bytes may differ",
    ]


def test_without_times_the_files_order_stays_and_that_is_told() -> None:
    found, lost = read("cassetter", FILE.replace("  recorded_at: 2026-11-22T06:23:00.350995+00:00\n", ""))
    assert [interaction.request.method for interaction in found] == ["GET", "POST"]
    assert lost[-1].startswith("1 file: some interactions have no recording time")


def test_an_answer_that_does_not_decode_is_left_out_alone() -> None:
    found, lost = read("cassetter", FILE.replace('content-length:\n      - "3"', "content-encoding: [dcb]"))
    assert [interaction.request.method for interaction in found] == ["POST"]
    assert lost[0] == f"1 interaction: {UNKNOWN}"


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("12e500", "xyz", "interactions[0].response.body.content"),
        ("type: binary", "type: tape", "interactions[0].response.body.type"),
        ("status: 200", "status: OK", "interactions[0].response.status"),
        ("http://127.0.0.1:18765/bin?q=1", "bin", "interactions[0].request.url"),
    ],
)
def test_a_malformed_file_is_told_with_its_place(old: str, new: str, where: str) -> None:
    assert told("cassetter", FILE.replace(old, new, 1)) == (3, where)

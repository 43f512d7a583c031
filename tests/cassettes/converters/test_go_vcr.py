"""go-vcr's files, of both its formats: read as what they are, and not taken for vcrpy's."""

from __future__ import annotations

import pytest

from gateway.cassettes.converters import CONVERTERS, guessed
from tests.cassettes.converters.material import ORIGIN, PNG, UNKNOWN, read, told

V1 = """---
version: 1
interactions:
- request:
    body: a=1&b=%20
    form:
      a:
      - "1"
    headers:
      Accept-Encoding:
      - gzip
    url: https://api.example.com/v2/keys?quorum=false
    method: POST
  response:
    body: |
      {"action":"get"}
    headers:
      Content-Length:
      - "92"
      Date:
      - Wed, 16 Dec 2015 12:39:45 GMT
    status: 200 OK
    code: 200
    duration: 12.3ms
"""
V2 = """---
version: 2
interactions:
    - id: 0
      request:
        proto: HTTP/1.1
        proto_major: 1
        proto_minor: 1
        content_length: 0
        host: api.example.com
        url: https://api.example.com/VERSION?m=text
        method: GET
      response:
        proto: HTTP/2.0
        proto_major: 2
        proto_minor: 0
        content_length: -1
        uncompressed: true
        body: |
            go1.24.1
        headers:
            Content-Type:
                - text/plain; charset=utf-8
        status: 404 Not Found
        code: 404
        duration: 125.432436ms
    - id: 1
      request:
        url: https://api.example.com/logo
      response:
        body: !!binary |
            iVBORw0KGgoA/w==
        code: 200
"""
NOT_KEPT = "the form, the protocol and the duration of go-vcr are not kept"


def test_format_1() -> None:
    assert guessed(V1.encode()) is CONVERTERS["go-vcr"]
    [found], lost = read("go-vcr", V1)
    assert (found.origin, found.request.method, found.request.target) == (
        "https://api.example.com",
        "POST",
        "/v2/keys?quorum=false",
    )
    assert found.request.body == b"a=1&b=%20"
    assert (found.response.status, found.response.reason) == (200, "OK")
    assert found.response.body == b'{"action":"get"}\n'
    assert found.response.headers["Content-Length"] == "17"
    assert found.recorded_at == "2015-12-16T12:39:45.000Z"
    assert lost == [f"1 interaction: {NOT_KEPT}"]


def test_format_2_leaves_out_what_is_empty_and_keeps_bytes() -> None:
    assert guessed(V2.encode()) is CONVERTERS["go-vcr"]
    [first, second], lost = read("go-vcr", V2)
    assert (first.response.status, first.response.reason, first.response.body) == (404, "Not Found", b"go1.24.1\n")
    assert (second.request.method, second.request.target, second.response.body) == ("GET", "/logo", PNG)
    assert (second.response.reason, second.recorded_at) == ("", "")
    assert lost == [f"2 interactions: {NOT_KEPT}"]


def test_a_placeholder_of_an_origin_is_the_origin_that_is_told() -> None:
    [found], _ = read("go-vcr", V1.replace("https://api.example.com", "https://<HOST>"))
    assert found.origin == ORIGIN


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("code: 404", "code: abc", "interactions[0].response.status"),
        ("https://api.example.com/VERSION", "VERSION", "interactions[0].request.url"),
        ("status: 404 Not Found", "status: [404]", "interactions[0].response.status"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, where: str) -> None:
    assert told("go-vcr", V2.replace(old, new)) == (4, where)
    assert len(read("go-vcr", V2.replace(old, new))[0]) == 1


def test_an_answer_that_does_not_decode_is_left_out_alone() -> None:
    found, lost = read(
        "go-vcr", V2.replace("Content-Type:", "Content-Encoding:").replace("text/plain; charset=utf-8", "dcb")
    )
    assert [one.request.target for one in found] == ["/logo"]
    assert lost[0] == f"1 interaction: {UNKNOWN}"

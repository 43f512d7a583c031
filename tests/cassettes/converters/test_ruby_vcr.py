"""Ruby VCR's files: encodings, Base64 and Ruby's way to say binary."""

from __future__ import annotations

import pytest

from tests.cassettes.converters.material import ORIGIN, PNG, UNKNOWN, read, told
from tests.harness.for_each import for_each

FILE = """---
http_interactions:
- request:
    method: get
    uri: https://api.example.com/a?b=c
    body:
      encoding: US-ASCII
      string: ''
    headers:
      Accept:
      - "*/*"
      Connection:
      - close
  response:
    status:
      code: 200
      message: OK
    headers:
      Content-Type: text/plain
      Content-Length:
      - '999'
    body: BODY
    http_version: '1.1'
  recorded_at: Tue, 01 Nov 2011 04:58:44 GMT
recorded_with: VCR 6.2.0
"""


@for_each(
    ("body", "expected"),
    [
        ('{encoding: UTF-8, string: "caf\\xE9"}', "caf\u00e9".encode()),
        ('{encoding: ISO-8859-1, string: "caf\\xE9"}', b"caf\xe9"),
        ("{encoding: ASCII-8BIT, base64_string: 'iVBORw0KGgoA/w=='}", PNG),
        ("\n      encoding: ASCII-8BIT\n      string: !binary |-\n        iVBORw0KGgoA/w==", PNG),
        ("{encoding: UTF-8, string: }", b""),
        ("plain", b"plain"),
    ],
)
def test_a_body_as_ruby_writes_it(body: str, expected: bytes) -> None:
    [found], lost = read("ruby-vcr", FILE.replace("BODY", body))
    assert found.response.body == expected
    assert (found.request.method, found.request.target, found.origin) == ("GET", "/a?b=c", "https://api.example.com")
    assert list(found.request.headers.items()) == [("Accept", "*/*")]
    assert found.response.headers["Content-Length"] == str(len(expected))
    assert found.recorded_at == "2011-11-01T04:58:44.000Z"
    assert lost == []


def test_an_answer_that_does_not_decode_is_left_out_alone() -> None:
    coded = FILE.replace("Content-Type: text/plain", "Content-Encoding: dcb")
    block = FILE.partition("http_interactions:\n")[2]
    found, lost = read("ruby-vcr", coded.replace("recorded_with: VCR 6.2.0\n", block).replace("BODY", "plain"))
    assert [interaction.response.body for interaction in found] == [b"plain"]
    assert lost == [f"1 interaction: {UNKNOWN}"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("{encoding: UTF-8, string: 5}", "http_interactions[0].response.body.string"),
        ("{base64_string: '%'}", "http_interactions[0].response.body.base64_string"),
        ("!ruby/object:Object {}", ""),
        ("[]", "http_interactions[0].response.body"),
    ],
)
def test_a_malformed_file_is_told_with_its_place(body: str, where: str) -> None:
    line, place = told("ruby-vcr", FILE.replace("BODY", body))
    assert place == where
    assert line in {3, 22}  # of the interaction, or of the very place


@for_each(
    ("uri", "target"),
    [
        ("<HOST>/a?b=c", "/a?b=c"),
        ("<BASE_URL>", "/"),
        ("https://<HOST>:<PORT>/a", "/a"),
        ("https://<API HOST>.example.com/a?key=<KEY>", "/a?key=<KEY>"),
        ("<SCHEME>://<HOST>?q", "/?q"),
        ("<%= ENV['HOST'] %>/a", "/a"),
        ("<<HOST>>/a", "/a"),
        ("https://{{HOST}}:{{PORT}}/{a}", "/{a}"),
    ],
)
def test_a_placeholder_of_an_origin_is_the_origin_that_is_told(uri: str, target: str) -> None:
    [found], lost = read("ruby-vcr", FILE.replace("https://api.example.com/a?b=c", f'"{uri}"').replace("BODY", "plain"))
    assert (found.origin, found.request.target) == (ORIGIN, target)
    assert lost == [f"1 interaction: its origin is a placeholder, so {ORIGIN} is used (change it with --origin)"]


def test_a_placeholder_behind_the_origin_stays_there() -> None:
    data = FILE.replace("/a?b=c", "/a?key=<API_KEY>").replace("BODY", "plain")
    [found], lost = read("ruby-vcr", data)
    assert (found.origin, found.request.target, lost) == ("https://api.example.com", "/a?key=<API_KEY>", [])

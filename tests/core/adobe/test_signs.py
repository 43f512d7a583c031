"""A call without an identifier names a code, a token or a client; an answer hands them out."""

from __future__ import annotations

import gzip

import pytest

from gateway.core.adobe.signs import LONGEST, Signs, given_in, is_token_form, signs_of
from gateway.core.model import Headers, Request, Response
from tests.harness.for_each import for_each


@for_each(
    ("line", "authorization", "body", "signs"),
    [
        ("GET /api/v2/REF30/sessions/ABC", "Bearer T", b"", Signs("ABC", "T")),
        ("POST /api/v2/REF30/sessions/ABC", "bearer T ", b"", Signs("ABC", "T")),
        ("GET /api/v2/REF30/profiles/code/ABC", "", b"", Signs("ABC")),
        ("GET /api/v2/authenticate/REF30/ABC", "Basic T", b"", Signs("ABC")),
        ("GET /reggie/v1/REF30/regcode/ABC", "", b"", Signs("ABC")),
        ("GET /api/v1/authenticate?x=1&reg_code=ABC", "", b"", Signs("ABC")),
        ("POST /o/client/token", "", b"grant_type=client_credentials&client_id=C", Signs(client="C")),
        ("POST /o/client/token?client_id=C%20", "", b"", Signs(client="C ")),
        ("POST /o/client/token", "", b"x" * LONGEST + b"&client_id=C", Signs()),
        ("POST /api/v2/REF30/sessions", "", b"client_id=C", Signs()),
        ("GET /api/v2/REF30/profiles/Dish", "", b"", Signs()),
        ("GET /" + "x" * 5000, "Bearer T", b"", Signs(token="T")),
    ],
)
def test_what_a_request_names(line: str, authorization: str, body: bytes, signs: Signs) -> None:
    method, _, target = line.partition(" ")
    assert signs_of(Request(method, target, Headers.of({"Authorization": authorization}), body)) == signs


@for_each(
    ("line", "response", "signs"),
    [
        ("POST /api/v2/REF30/sessions", Response(201, body=b'{"code": "ABC"}'), Signs("ABC")),
        ("POST /api/v2/REF30/sessions/sso/Apple", Response(200, body=b'{"code": "ABC"}'), Signs("ABC")),
        ("POST /reggie/v1/REF30/regcode.json", Response(201, body=b'{"code": "ABC"}'), Signs("ABC")),
        ("POST /o/client/token", Response(201, body=b'{"access_token": "T"}'), Signs(token="T")),
        ("POST /o/client/register", Response(201, body=b'{"client_id": "C"}'), Signs(client="C")),
        ("POST /api/v2/REF30/sessions", Response(400, body=b'{"code": "invalid"}'), Signs()),
        ("POST /api/v2/REF30/sessions", Response(201, body=b'{"code": 7}'), Signs()),
        ("POST /api/v2/REF30/sessions", Response(201, body=b"[" * 9000), Signs()),
        ("POST /api/v2/REF30/sessions", Response(201, body=b"\xff" * (LONGEST + 1)), Signs()),
        ("GET /api/v2/REF30/profiles", Response(200, body=b'{"code": "ABC"}'), Signs()),
    ],
)
def test_what_an_answer_hands_out(line: str, response: Response, signs: Signs) -> None:
    method, _, target = line.partition(" ")
    assert given_in(Request(method, target), response) == signs


@pytest.mark.parametrize(("coding", "signs"), [("gzip", Signs("ABC")), ("deflate", Signs())])
def test_an_answer_is_read_under_its_coding(coding: str, signs: Signs) -> None:
    response = Response(201, "", Headers.of({"Content-Encoding": coding}), gzip.compress(b'{"code": "ABC"}'))
    assert given_in(Request("POST", "/api/v2/REF30/sessions"), response) == signs


@for_each(
    ("line", "length", "short"),
    [
        ("POST /o/client/token", "40", True),
        ("POST /o/client/token", "", False),
        ("POST /o/client/token", "9" * 30, False),
        ("POST /o/client/token", "\xb2", False),
        ("GET /o/client/token", "40", False),
        ("POST /o/client/register", "40", False),
    ],
)
def test_a_short_form_that_names_a_client_is_worth_having(line: str, length: str, *, short: bool) -> None:
    method, _, target = line.partition(" ")
    assert is_token_form(Request(method, target, Headers.of({"Content-Length": length}))) is short

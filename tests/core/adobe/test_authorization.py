"""Authorization is a bearer token, v1's signed form, or neither."""

from __future__ import annotations

import pytest

from gateway.core.adobe.authorization import Bearer, Signed, read_authorization
from gateway.core.adobe.malformed import Malformed
from tests.harness.for_each import for_each

SIGNED = (
    "DELETE requestor_id=REF30, nonce=0b7e, signature_method=HMAC-SHA1, request_time=1700000000000, "
    "request_uri=/api/v1/logout, public_key=abc, signature=x+/="
)


def test_a_bearer_token_is_read_and_not_shown() -> None:
    bearer = read_authorization("Bearer 2YotnFZFEjr1zCsicMWpAA")
    assert isinstance(bearer, Bearer)
    assert (bearer.token, bearer.jwt, bearer.malformed) == ("2YotnFZFEjr1zCsicMWpAA", None, None)
    assert bearer.shape == "an opaque token of 22 characters"
    assert "2Yotn" not in repr(bearer)


def test_the_signed_form_is_read() -> None:
    signed = read_authorization(SIGNED)
    assert signed == Signed("DELETE", "REF30", (), "1700000000000")


@pytest.mark.parametrize(
    ("value", "missing"),
    [
        (SIGNED.replace("nonce=0b7e", "nonce="), ("nonce",)),
        (
            "GET requestor_id=",
            ("requestor_id", "nonce", "signature_method", "request_time", "request_uri", "public_key", "signature"),
        ),
        (SIGNED.replace(", ", ","), ()),
    ],
)
def test_what_the_signed_form_lacks_is_named(value: str, missing: tuple[str, ...]) -> None:
    signed = read_authorization(value)
    assert isinstance(signed, Signed)
    assert signed.missing == missing


@for_each(
    ("value", "found"),
    [
        ("Bearer", "Bearer without a token"),
        ("Bearer ", "Bearer without a token"),
        ("Basic abc", "the scheme Basic"),
        ("Basic", "5 characters of letters and digits"),
        ("eyJhbGciOiJub25lIn0.e30.", "a JWT without its scheme"),
        ("PATCH requestor_id=x", "20 characters of ASCII"),
        ("Secret-Scheme abc", "17 characters of ASCII"),
    ],
)
def test_what_is_neither_is_said_without_its_value(value: str, found: str) -> None:
    wrong = read_authorization(value)
    assert isinstance(wrong, Malformed)
    assert (wrong.part, wrong.found) == ("scheme", found)

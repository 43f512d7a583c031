"""A JWT is read for its dates and names; whatever is in it, it is read or said to be none."""

from __future__ import annotations

import base64
import json

import pytest

from gateway.core.adobe.malformed import Malformed
from gateway.core.adobe.tokens import Jwt, looks_like_jwt, read_jwt
from tests.harness.for_each import for_each


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(**claims: object) -> str:
    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2ln"


@for_each(
    ("claims", "expires"),
    [
        ({"exp": 5}, 5.0),
        ({"exp": 5.5}, 5.5),
        ({"exp": "5"}, None),
        ({"exp": True}, None),
        ({"exp": None}, None),
        ({"exp": float("nan")}, None),
        ({"exp": float("inf")}, None),
        ({"exp": 10**400}, None),
        ({"exp": -1}, -1.0),
        ({}, None),
    ],
)
def test_exp_is_a_number_or_none(claims: dict[str, object], expires: float | None) -> None:
    jwt = read_jwt(token(**claims))
    assert isinstance(jwt, Jwt)
    assert jwt.expires == expires


@pytest.mark.parametrize(
    ("scopes", "read"),
    [
        ("a,b", {"a", "b"}),
        ("a b", {"a", "b"}),
        (["a", "b,c", 1], {"a", "b", "c"}),
        ("", set()),
        (7, set()),
    ],
)
def test_scopes_stand_with_commas_or_spaces_or_in_a_list(scopes: object, read: set[str]) -> None:
    jwt = read_jwt(token(scopes=scopes))
    assert isinstance(jwt, Jwt)
    assert jwt.scopes is not None
    assert set(jwt.scopes) == read


def test_a_token_shows_its_end_and_the_beginning_of_its_subject() -> None:
    jwt = read_jwt(token(exp=1724109468, sub="c4fc3e7e-12d9-495d-b742-6aeac8a490e7"))
    assert isinstance(jwt, Jwt)
    assert jwt.shape == "JWT exp 2024-08-19T23:17:48Z sub c4fc…"
    assert "c4fc3e7e" not in repr(jwt)


def test_an_encrypted_token_keeps_its_claims_to_itself() -> None:
    jwt = read_jwt(f"{part({'alg': 'dir'})}....tag")
    assert jwt == Jwt("dir", encrypted=True)
    assert isinstance(jwt, Jwt)
    assert jwt.shape == "an encrypted JWT"


@for_each(
    "text",
    [
        "",
        "x",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        f"{part({})}.{part({})}.x",
        f"{part({'alg': 1})}.x.y",
        f"{part({'alg': 'x'})}.{part([])}.y",
        "é.é.é",
    ],
)
def test_what_is_no_token_is_said_to_be_none(text: str) -> None:
    assert isinstance(read_jwt(text), Malformed)


@pytest.mark.parametrize(("text", "looks"), [("eyJ.", True), ("eyJ", False), ("a.eyJ", False)])
def test_a_token_begins_like_one(text: str, looks: bool) -> None:
    assert looks_like_jwt(text) is looks

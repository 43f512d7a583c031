"""The usual lines have the secrets that the general search finds in them."""

from __future__ import annotations

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.keyed_results import KeyedResults
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms, b64url
from gateway.core.secrets.usual_lines import found_in
from tests.harness.for_each import for_each

IN_REQUESTS = KeyedResults(Pseudonyms(b"k" * 32), Policy()).in_requests
HEADER = b64url(b'{"alg":"RS256"}')


def token(**claims: object) -> str:
    return f"{HEADER}.{b64url(json.dumps(claims).encode())}.{'c2lnbmF0dXJl' * 8}"


def wrapped(data: bytes) -> bytes:
    return b"fingerprint " + base64.b64encode(data)


USUAL: dict[str, bytes] = {
    "a token": f"Bearer {token(sub='a-subject-of-a-token', scopes='api:client:v2', jti='short')}".encode(),
    "a token with words of the API": f"Bearer {token(sub='api.auth.adobe.com', of='8.8.4.4', more=['x' * 20])}".encode(),
    "a token without claims": f"Bearer {HEADER}.e30.{'c2lnbmF0dXJl' * 8}".encode(),
    "an identifier": wrapped(b"0123456789abcdef"),
    "a short identifier": wrapped(b"tv-1"),
    "an address": wrapped(b"8.8.4.4"),
    "no text": wrapped(bytes(range(128, 160))),
}
OTHERS: dict[str, bytes] = {
    "a short token": b"Bearer eyJhbGciOiJub25lIn0.e30.",
    "another scheme": b"bearer " + USUAL["a token"][7:],
    "two blanks": b"Bearer  " + USUAL["a token"][7:],
    "two tokens": USUAL["a token"] + b", " + USUAL["a token"],
    "no JWT": b"Bearer " + b"x" * 100,
    "no Base64": b"fingerprint 0123-4567",
    "blanks before Base64": b"fingerprint  MDEyMzQ1Njc4OWFiY2RlZg==",
    "beyond ASCII": b"fingerprint \xe9\xe9",
    "nothing": b"",
}


def searched(kind: str, value: bytes) -> tuple[str, ...]:
    name = {"authorization": b"Authorization", "device_identifier": b"AP-Device-Identifier"}[kind]
    return IN_REQUESTS._searched((name, value))


def kind_of(value: bytes) -> str:
    return "device_identifier" if value.startswith(b"fingerprint") else "authorization"


@for_each("name", USUAL)
def test_a_usual_line_has_the_secrets_of_the_general_search(name: str) -> None:
    value = USUAL[name]
    found = found_in(kind_of(value), value)
    assert found is not None
    assert set(found) == set(searched(kind_of(value), value))


@for_each("name", OTHERS)
def test_any_other_line_is_left_to_the_general_search(name: str) -> None:
    assert found_in("authorization", OTHERS[name]) is None
    assert found_in("device_identifier", OTHERS[name]) is None
    assert found_in(None, USUAL["a token"]) is None


@given(
    st.one_of(
        st.builds(wrapped, st.binary(max_size=40)),
        st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=40), st.integers(), st.lists(st.text())))
        .map(lambda claims: f"Bearer {HEADER}.{b64url(json.dumps(claims).encode())}.{'c2ln' * 30}".encode()),
        st.text("eyJ.-_ab=+/ ", max_size=120).map(lambda text: f"Bearer eyJ{text}".encode()),
        st.text("Kg=ab01+/- ", max_size=40).map(lambda text: f"fingerprint {text}".encode()),
    )
)  # fmt: skip
def test_generated_lines_have_the_secrets_of_the_general_search(value: bytes) -> None:
    found = found_in(kind_of(value), value)
    assert found is None or set(found) == set(searched(kind_of(value), value))

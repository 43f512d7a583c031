"""Calls of one kind are the same to the checks, apart from who calls, and when."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode as b64decode

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kinds import Kinds
from gateway.core.secrets.pseudonyms import b64url
from tests.core.checks.calls import GOOD, LOGOUT, PROFILES, bearer, fingerprint
from tests.core.test_by_parts import FUNCTIONS, KEPT, TARGETS, call
from tests.harness.for_each import for_each

TOKENS = (
    bearer(),
    bearer(scopes="other"),
    bearer(iss="x.example"),
    bearer(scopes=None),
    "Bearer 2YotnFZFEjr1zCsicMWpAA",
)


@given(st.sampled_from(TARGETS), st.sampled_from(TOKENS), st.text("ab.", max_size=9), st.integers(0, 1 << 31))
def test_a_check_of_a_request_sees_only_the_kind_of_a_token_and_of_an_identifier(
    target: str, token: str, name: str, at: int
) -> None:
    """Another owner, other times, another signature and another identifier of the same kind change no finding."""
    header, dot, rest = token.partition(".")
    payload, _, signature = rest.partition(".")
    other = token + "A"
    if dot:
        claims = json.loads(b64decode(payload + "=="))
        claims |= {"sub": f"s{name}", "exp": at, "nbf": at}
        other = f"{header}.{b64url(json.dumps(claims).encode())}.{signature}A"
    one = call("GET", target, [*(GOOD | {"Authorization": token}).items()])
    another = call(
        "GET", target, [*(GOOD | {"Authorization": other, "AP-Device-Identifier": fingerprint(f"tv {name}")}).items()]
    )
    assert (one.token_kind, one.identifier_kind) == (another.token_kind, another.identifier_kind)
    for function in FUNCTIONS:
        assert function(one) == function(another)


ASKED = GOOD | {"User-Agent": "tv/1"}
LINES = [*ASKED.items()]


@for_each(
    ("method", "target", "lines", "is_same"),
    [
        ("GET", LOGOUT, LINES, True),
        ("GET", LOGOUT.replace("Cablevision", "Dish"), LINES, True),
        ("GET", LOGOUT, [*(ASKED | {"Authorization": bearer(sub="another")}).items()], True),
        ("GET", LOGOUT, [*(ASKED | {"AP-Device-Identifier": fingerprint("another")}).items()], True),
        ("GET", LOGOUT, [*(ASKED | {"User-Agent": "tv/2"}).items()], True),
        ("GET", LOGOUT, [*(ASKED | {"User-Agent": "curl/8"}).items()], False),
        ("GET", LOGOUT, [*(ASKED | {"Authorization": bearer(iss="another")}).items()], False),
        ("GET", LOGOUT, [*(ASKED | {"AP-Device-Identifier": fingerprint("unknown")}).items()], False),
        ("GET", LOGOUT, [*LINES, ("Accept", "{accept}")], False),
        ("GET", LOGOUT, LINES[1:], False),
        ("GET", PROFILES, LINES, False),
        ("DELETE", LOGOUT, LINES, False),
    ],
)
def test_a_call_is_of_another_kind_if_a_check_may_tell(
    method: str, target: str, lines: list[tuple[str, str]], is_same: bool
) -> None:
    kinds = Kinds("kinds of the test", 1 << 20, KEPT.plan)
    asked = call("GET", LOGOUT, LINES)
    assert kinds(asked) is None  # it comes for the first time
    kind = kinds(asked)
    assert kind is not None
    assert (kinds(call(method, target, lines)) is kind) is is_same


def test_a_client_with_new_kinds_only_displaces_nothing() -> None:
    kinds = Kinds("kinds of the test", 1 << 20, KEPT.plan)
    asked = call("GET", LOGOUT, LINES)
    kinds(asked)
    kind = kinds(asked)
    for number in range(1000):
        kinds(call("GET", LOGOUT, [("Authorization", bearer(iss=str(number)))]))
    assert kinds(asked) is kind

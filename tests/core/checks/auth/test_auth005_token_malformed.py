"""A token is one word, and a JWT is Base64 and JSON."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth005_token_malformed import token_malformed
from tests.core.checks.calls import call, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="a JWT"),
    pytest.param(call(authorization="Bearer 2YotnFZFEjr1zCsicMWpAA"), [], id="an opaque one"),
    pytest.param(
        call(authorization="Bearer 2YotnFZFEjr1 zCsicMWpAA"), ["Bearer and 23 characters of ASCII"], id="two words"
    ),
    pytest.param(
        call(authorization="Bearer eyJhbGciOiJSUzI1NiJ9.eyJz .x"),
        ["Bearer and 28 characters of ASCII"],
        id="a JWT with a blank",
    ),
    pytest.param(
        call(authorization="Bearer eyJhbGciOiJSUzI1NiJ9.eyJz"),
        ["Bearer and 25 characters of ASCII"],
        id="a JWT of two parts",
    ),
    pytest.param(
        call(authorization="Bearer eyJhbGciOiJSUzI1NiJ9.eyJz.x"),
        ["Bearer and a JWT whose payload is not a JSON object"],
        id="a payload that is no JSON",
    ),
    pytest.param(call(authorization="Bearer <access token>"), [], id="a placeholder, of which HDR011 speaks"),
    pytest.param(
        redacted(call(authorization="Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJZemsxTXpNM .....x")),
        ["not judged: redacted"],
        id="a damaged one, redacted",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_auth005_token_malformed(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(token_malformed, exchanges) == says

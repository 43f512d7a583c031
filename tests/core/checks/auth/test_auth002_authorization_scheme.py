"""v2 takes bearer tokens alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth002_authorization_scheme import authorization_scheme
from tests.core.checks.calls import GOOD, call, jwt, old, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="bearer"),
    pytest.param(
        call(authorization=GOOD["Authorization"].replace("Bearer", "bearer")),
        [],
        id="the scheme's case does not matter",
    ),
    pytest.param(call(authorization="Basic dXNlcjpwYXNz"), ["the scheme Basic"], id="another scheme"),
    pytest.param(call(authorization=jwt()), ["a JWT without its scheme"], id="no scheme"),
    pytest.param(call(authorization="Bearer"), ["Bearer without a token"], id="no token"),
    pytest.param(
        call(authorization="GET requestor_id=REF30, nonce=1, signature=x"),
        ["the signed form of v1, 3 of its 7 members"],
        id="v1's signed form",
    ),
    pytest.param(old(authorization="DELETE requestor_id=REF30, nonce=1, signature=x"), [], id="the signed form on v1"),
    pytest.param(
        redacted(call(authorization="not-a-scheme-but-some-secret-text")),
        ["not judged: redacted"],
        id="a redacted value without a scheme",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_auth002_authorization_scheme(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(authorization_scheme, exchanges) == says

"""A token of v2 has the scope api:client:v2."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth004_token_scope import token_scope
from tests.core.checks.calls import bearer, call, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="it has"),
    pytest.param(call(authorization=bearer(scopes="config:client,api:client:v2")), [], id="among others"),
    pytest.param(
        call(authorization=bearer(scopes="config:client,profile:client")),
        ["a JWT with scopes config:client, profile:client"],
        id="v1's scopes",
    ),
    pytest.param(
        call(authorization=bearer(scopes="api:client:v22")), ["a JWT with scopes api:client:v22"], id="nearly"
    ),
    pytest.param(call(authorization=bearer(scopes=None)), ["a JWT without scopes"], id="none"),
    pytest.param(old(authorization=bearer(scopes="config:client")), [], id="v1's scopes on v1"),
    pytest.param(call(authorization="Bearer 2YotnFZFEjr1zCsicMWpAA"), [], id="an opaque token"),
    pytest.param(
        call(authorization=bearer(scopes="0123456789abcdef0123456789abcdef")),
        ["a JWT with scopes 32 characters of letters and digits"],
        id="a scope that is no word",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_auth004_token_scope(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(token_scope, exchanges) == says

"""What staging issued is for staging."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth010_token_environment import token_environment
from tests.core.checks.calls import bearer, call, said

CASES = [
    pytest.param(call(origin="https://api.auth.adobe.com"), [], id="production"),
    pytest.param(
        call(origin="https://api.auth.adobe.com", authorization=bearer(iss="auth-staging.adobe.com")),
        ["a JWT that staging issued"],
        id="staging on production",
    ),
    pytest.param(
        call(origin="https://api.auth-staging.adobe.com", authorization=bearer(iss="auth-staging.adobe.com")),
        [],
        id="staging on staging",
    ),
    pytest.param(call(authorization=bearer(iss="auth-staging.adobe.com")), [], id="nowhere known"),
    pytest.param(
        call(origin="http://127.0.0.1:8080", authorization=bearer(iss="auth-staging.adobe.com")), [], id="a lab"
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_auth010_token_environment(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(token_environment, exchanges) == says

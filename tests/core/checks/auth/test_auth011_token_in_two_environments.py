"""A token is of one environment."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth011_token_in_two_environments import token_in_two_environments
from tests.core.checks.calls import bearer, call, said

CASES = [
    pytest.param([call(origin="https://api.auth.adobe.com"), call(origin="https://sp.auth.adobe.com")], [], id="one"),
    pytest.param(
        [call(origin="https://api.auth-staging.adobe.com"), call(origin="https://api.auth.adobe.com")],
        ["a token in production that was in staging"],
        id="two",
    ),
    pytest.param(
        [
            call(origin="https://api.auth-staging.adobe.com"),
            call(origin="https://api.auth.adobe.com"),
            call(origin="https://api.auth.adobe.com"),
        ],
        [],
        id="said once",
    ),
    pytest.param(
        [
            call(origin="https://api.auth-staging.adobe.com"),
            call(origin="https://api.auth.adobe.com", authorization=bearer(iat=1)),
        ],
        [],
        id="another token",
    ),
    pytest.param(
        [call(origin="http://localhost:1"), call(origin="https://api.auth.adobe.com")], [], id="the lab's emulator"
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_auth011_token_in_two_environments(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(token_in_two_environments, exchanges) == says

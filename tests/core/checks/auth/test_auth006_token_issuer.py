"""Adobe issues the tokens."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth006_token_issuer import token_issuer
from tests.core.checks.calls import bearer, call, said

CASES = [
    pytest.param(call(), [], id="production"),
    pytest.param(call(authorization=bearer(iss="https://auth-staging.adobe.com/")), [], id="staging"),
    pytest.param(
        call(authorization=bearer(iss="accounts.example.com")),
        ['a JWT of the issuer "accounts.example.com"'],
        id="somebody else",
    ),
    pytest.param(
        call(authorization=bearer(iss="auth.adobe.com.example")),
        ['a JWT of the issuer "auth.adobe.com.example"'],
        id="nearly",
    ),
    pytest.param(call(authorization=bearer(iss=None)), [], id="nobody"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_auth006_token_issuer(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(token_issuer, exchanges) == says

"""redirectUrl is not plain http."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.url.url005_redirect_secure import redirect_secure
from tests.core.checks.calls import call, said

CASES = [
    pytest.param(call(), [], id="https"),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=http%3A%2F%2Fexample.com"), ["an http URL"], id="http"
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=HTTP%3A%2F%2Fexample.com"), ["an http URL"], id="in capitals"
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=httpapp%3A%2F%2Fbye"), [], id="an application's own scheme"
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_url005_redirect_secure(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(redirect_secure, exchanges) == says

"""redirectUrl is encoded once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.url.url003_redirect_double_encoded import redirect_double_encoded
from tests.core.checks.calls import LOGOUT, call, said

CASES = [
    pytest.param(call(), [], id="once"),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=https%253A%252F%252Fexample.com%252Fbye"),
        ["https:… of 23 characters, encoded twice"],
        id="twice",
    ),
    pytest.param(
        call(
            "/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fexample.com%2F%3Fnext%3Dhttps%253A%252F%252Fexample.org"
        ),
        [],
        id="a URL inside it is encoded once more",
    ),
    pytest.param(call(LOGOUT + "&x=https%253A%252F%252Fexample.com"), [], id="another parameter"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_url003_redirect_double_encoded(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(redirect_double_encoded, exchanges) == says

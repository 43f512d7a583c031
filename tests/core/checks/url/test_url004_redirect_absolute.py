"""redirectUrl is absolute."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.url.url004_redirect_absolute import redirect_absolute
from tests.core.checks.calls import call, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="it is"),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=myapp%3A%2F%2Fbye"), [], id="an application's own scheme"
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=adbe.Zm9vYmFyYmF6cXV4MTIzNA%3A%2F%2F"),
        [],
        id="Adobe's custom scheme, with nothing behind",
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=com.example.tv%3A%2Fbye"), [], id="a scheme and a path"
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=localhost%3A8080%2Fbye"),
        ["18 characters that are no absolute URL"],
        id="a host and a port",
    ),
    pytest.param(call("/api/v2/REF30/logout/Cablevision?redirectUrl=HTTPS%3A%2F%2Fexample.com"), [], id="in capitals"),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=https%3Aexample.com"),
        ["17 characters that are no absolute URL"],
        id="https without its slashes",
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=%2Fbye"),
        ["4 characters that are no absolute URL"],
        id="a path",
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=example.com%2Fbye"),
        ["15 characters that are no absolute URL"],
        id="a host without a scheme",
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2F"),
        ["8 characters that are no absolute URL"],
        id="nothing behind the scheme",
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=https%253A%252F%252Fexample.com"),
        [],
        id="encoded twice, of which URL003 speaks",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_url004_redirect_absolute(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(redirect_absolute, exchanges) == says

"""redirectUrl is encoded as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.url.url002_redirect_encoded import redirect_encoded
from tests.core.checks.calls import call, redacted, said

CASES = [
    pytest.param(call(), [], id="it is"),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=https://example.com/bye"),
        ["https:… of 23 characters, not encoded"],
        id="it is not",
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A//example.com/bye?a=b"),
        ["https:… of 27 characters, not encoded"],
        id="a query of its own",
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A//example.com/bye"),
        [],
        id="encoded but for its slashes",
    ),
    pytest.param(
        redacted(
            call(
                "/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fexample.com%2F%3Fsession%3Dabcdefghijklmnop"
            )
        ),
        ["not judged: redacted"],
        id="redacted",
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_url002_redirect_encoded(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(redirect_encoded, exchanges) == says

"""redirectUrl stands once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.url.url006_redirect_once import redirect_once
from tests.core.checks.calls import LOGOUT, call, said

CASES = [
    pytest.param(call(), [], id="once"),
    pytest.param(call(LOGOUT + "&redirectUrl=https%3A%2F%2Fexample.com"), ["2 times"], id="twice"),
    pytest.param(call("/api/v2/REF30/logout/Cablevision"), [], id="never, of which URL001 speaks"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_url006_redirect_once(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(redirect_once, exchanges) == says

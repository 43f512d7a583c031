"""A v2 logout has a redirectUrl."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.url.url001_redirect_present import redirect_present
from tests.core.checks.calls import PROFILES, call, said

CASES = [
    pytest.param(call(), [], id="it has"),
    pytest.param(call("/api/v2/REF30/logout/Cablevision"), ["no such parameter"], id="it has not"),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl="), ["no value, or the name in another case"], id="empty"
    ),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirecturl=x"),
        ["no value, or the name in another case"],
        id="in another case",
    ),
    pytest.param(call(PROFILES), [], id="another route"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_url001_redirect_present(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(redirect_present, exchanges) == says

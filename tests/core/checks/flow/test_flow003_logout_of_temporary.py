"""Temporary access needs no logout."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.flow.flow003_logout_of_temporary import logout_of_temporary
from tests.core.checks.calls import LOGOUT, call, old, said

CASES = [
    pytest.param(call(), [], id="a login"),
    pytest.param(call(LOGOUT.replace("Cablevision", "TempPass_5mins")), ["a logout of a TempPass"], id="a TempPass"),
    pytest.param(call(LOGOUT.replace("Cablevision", "REF30-temp-pass")), ["a logout of a TempPass"], id="spelled so"),
    pytest.param(call("/api/v2/REF30/profiles/TempPass_5mins"), [], id="its profile"),
    pytest.param(old(), [], id="v1, which names none"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_flow003_logout_of_temporary(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(logout_of_temporary, exchanges) == says

"""v1 ends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.v1.v1001_v1_end import v1_end
from tests.core.checks.calls import call, old, said

CASES = [
    pytest.param(call(), [], id="v2"),
    pytest.param(old(), ["REST API v1"], id="v1"),
    pytest.param(old("/reggie/v1/REF30/regcode", "POST"), ["REST API v1"], id="reggie"),
    pytest.param(old("/api/v1/whatever", "GET"), ["REST API v1"], id="any path of v1"),
    pytest.param(call("/api/v3/x"), [], id="v3"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_v1001_v1_end(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(v1_end, exchanges) == says

"""v1 takes a token too."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.v1.v1004_v1_authorization import v1_authorization
from tests.core.checks.calls import call, old, said

CASES = [
    pytest.param(old(), [], id="a token"),
    pytest.param(old(authorization=None), ["no such header"], id="none"),
    pytest.param(old("/api/v1/config/REF30", "GET", authorization=None), [], id="the configuration needs none"),
    pytest.param(call(authorization=None), [], id="v2, of which AUTH001 speaks"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_v1004_v1_authorization(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(v1_authorization, exchanges) == says

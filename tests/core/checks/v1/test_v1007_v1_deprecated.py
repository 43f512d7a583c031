"""Some parameters are out of use."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.v1.v1007_v1_deprecated import v1_deprecated
from tests.core.checks.calls import LOGOUT, V1_LOGOUT, call, old, said

CASES = [
    pytest.param(old(), [], id="none"),
    pytest.param(old(V1_LOGOUT + "&deviceUser=x"), ["a value"], id="deviceUser"),
    pytest.param(old(V1_LOGOUT + "&deviceUser=x&appId=y"), ["a value", "a value"], id="both"),
    pytest.param(call(LOGOUT + "&appId=y"), [], id="v2"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_v1007_v1_deprecated(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(v1_deprecated, exchanges) == says

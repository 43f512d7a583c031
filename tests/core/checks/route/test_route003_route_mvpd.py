"""A logout names its MVPD."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.route.route003_route_mvpd import route_mvpd
from tests.core.checks.calls import call, old, said

CASES = [
    pytest.param(call(), [], id="it does"),
    pytest.param(call("/api/v2/REF30/logout"), ["nothing behind logout"], id="as the FAQ prints it"),
    pytest.param(call("/api/v2/REF30/logout/?redirectUrl=x"), ["nothing behind logout"], id="a slash and nothing"),
    pytest.param(old(), [], id="v1's"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_route003_route_mvpd(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(route_mvpd, exchanges) == says

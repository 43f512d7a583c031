"""The service provider stands first."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.route.route002_route_order import route_order
from tests.core.checks.calls import call, said

CASES = [
    pytest.param(call(), [], id="it does"),
    pytest.param(
        call("/api/v2/logout/REF30/TempPass_5mins?redirectUrl=x"),
        ["/api/v2/logout/{serviceProvider}/{mvpd}"],
        id="a logout",
    ),
    pytest.param(call("/api/v2/sessions/REF30/8BLW4RW"), ["/api/v2/sessions/{serviceProvider}/{code}"], id="a session"),
    pytest.param(call("/api/v2/authenticate/REF30/8BLW4RW"), [], id="authenticate, which really does"),
    pytest.param(call("/api/v2/logout/logout/Cablevision"), [], id="a service provider of that name"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_route002_route_order(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(route_order, exchanges) == says

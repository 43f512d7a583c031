"""A path below /api is described."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.route.route006_route_known import route_known
from tests.core.checks.calls import PROFILES, call, said

CASES = [
    pytest.param(call(), [], id="it is"),
    pytest.param(
        call("/api/v2/REF30/decision/authorize/Cablevision", "POST"),
        ["/api/v2/{…}/decision/authorize/{…}"],
        id="the cookbook's misprint",
    ),
    pytest.param(call(PROFILES + "/"), ["/api/v2/{…}/profiles/"], id="a slash too many"),
    pytest.param(call("/api/v1/logouts", "DELETE"), ["/api/v1/{…}"], id="v1"),
    pytest.param(call("/api/v3/x"), [], id="not the API's"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_route006_route_known(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(route_known, exchanges) == says

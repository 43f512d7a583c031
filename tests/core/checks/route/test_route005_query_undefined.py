"""A route has the parameters of its page."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.route.route005_query_undefined import query_undefined
from tests.core.checks.calls import LOGOUT, PROFILES, call, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="it has"),
    pytest.param(call(LOGOUT + "&requestor=REF30&deviceId=abc"), ["requestor, deviceId"], id="v1's"),
    pytest.param(
        call("/api/v2/REF30/logout/Cablevision?redirectUrl=https://e.com/?a=b&c=d"),
        ["c"],
        id="what an unencoded URL leaves",
    ),
    pytest.param(call("/api/v2/REF30/logout/Cablevision?RedirectUrl=x"), ["RedirectUrl"], id="in another case"),
    pytest.param(call(LOGOUT + "&2YotnFZFEjr1zCsicMWpAA"), ["a name of 22 characters"], id="a secret without a name"),
    pytest.param(call(PROFILES + "?x=1"), ["x"], id="profiles, which have none"),
    pytest.param(
        call("/api/v2/REF30/configuration?profile=1"), [], id="configuration, of which the page leaves it open"
    ),
    pytest.param(old(), [], id="v1"),
]


@for_each(("exchanges", "says"), CASES)
def test_route005_query_undefined(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(query_undefined, exchanges) == says

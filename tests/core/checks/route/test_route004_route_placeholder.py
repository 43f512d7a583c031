"""Nothing stands in braces."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.route.route004_route_placeholder import route_placeholder
from tests.core.checks.calls import LOGOUT, call, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="nothing"),
    pytest.param(
        call(LOGOUT.replace("Cablevision", "${degradedMvpd}")), ["${degradedMvpd}"], id="the documentation's own"
    ),
    pytest.param(call(LOGOUT.replace("Cablevision", "{mvpd}")), ["{mvpd}"], id="without the dollar"),
    pytest.param(call(LOGOUT.replace("Cablevision", "%7Bmvpd%7D")), ["{mvpd}"], id="encoded"),
    pytest.param(call(LOGOUT.replace("Cablevision", "<mvpd>")), ["<mvpd>"], id="in angles"),
    pytest.param(call("/api/v2/REF30/logout/Cablevision?redirectUrl=${url}"), ["${url}"], id="in the query"),
    pytest.param(call(LOGOUT.replace("Cablevision", "{mvpd")), [], id="one brace"),
    pytest.param(
        old("/api/v1/checkauthn?requestor=x&deviceId=y&device_info=%7B%22model%22%3A%22TV%22%7D", "GET"),
        [],
        id="JSON in a parameter",
    ),
    pytest.param(call("/api/v2/undefined/profiles"), ["undefined"], id="a variable of JavaScript's"),
    pytest.param(call(LOGOUT.replace("Cablevision", "%28null%29")), ["(null)"], id="one of Objective-C's, encoded"),
    pytest.param(call(LOGOUT.replace("Cablevision", "NONE")), [], id="an MVPD of a name like it"),
    pytest.param(old("/api/v1/logout?requestor=None&deviceId=null"), ["None"], id="in v1's parameters, once"),
    pytest.param(call("/api/v2/REF30/logout/Dish?redirectUrl=[object%20Object]"), ["[object Object]"], id="an object"),
    pytest.param(call("/health/null"), [], id="nothing elsewhere"),
    pytest.param(call("/health/{x}"), [], id="elsewhere"),
]


@for_each(("exchanges", "says"), CASES)
def test_route004_route_placeholder(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(route_placeholder, exchanges) == says

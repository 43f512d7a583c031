"""Each path has its methods."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.route.route001_route_method import route_method
from tests.core.checks.calls import call, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="GET"),
    pytest.param(call(method="DELETE"), ['"DELETE"'], id="DELETE"),
    pytest.param(call(method="POST"), ['"POST"'], id="POST"),
    pytest.param(call(method="HEAD"), ['"HEAD"'], id="HEAD"),
    pytest.param(call(method="OPTIONS"), [], id="a browser's preflight"),
    pytest.param(old(method="GET"), ['"GET"'], id="v1's logout as GET"),
    pytest.param(call("/api/v2/REF30/sessions/ABC123", "PUT"), ['"PUT"'], id="a path of two methods"),
    pytest.param(call(method="not a method, and a long one"), ["28 characters of ASCII"], id="a method that is none"),
    pytest.param(call("/health", "DELETE"), [], id="no route"),
]


@for_each(("exchanges", "says"), CASES)
def test_route001_route_method(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(route_method, exchanges) == says

"""The host is Adobe's."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.route.route008_host_known import host_known
from tests.core.checks.calls import call, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(origin="https://api.auth.adobe.com"), [], id="production"),
    pytest.param(call(origin="https://sp-prequal.auth-staging.adobe.com:443"), [], id="staging, prequal"),
    pytest.param(call(origin="https://api.example.com"), ["another host"], id="another"),
    pytest.param(call(origin="https://api.auth.adobe.com.example.com"), ["another host"], id="nearly"),
    pytest.param(call(origin="http://localhost:8080"), [], id="this machine"),
    pytest.param(call("/health", origin="https://api.example.com"), [], id="not the API's path"),
]


@for_each(("exchanges", "says"), CASES)
def test_route008_host_known(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(host_known, exchanges) == says

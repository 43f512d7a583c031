"""Every call is HTTPS."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.route.route007_transport_secure import transport_secure
from tests.core.checks.calls import call, said

CASES = [
    pytest.param(call(origin="https://api.auth.adobe.com"), [], id="it is"),
    pytest.param(call(origin="http://api.auth.adobe.com"), ["http"], id="it is not"),
    pytest.param(call(origin="http://127.0.0.1:8080"), [], id="this machine"),
    pytest.param(call(origin="http://gateway.local"), [], id="its network"),
    pytest.param(call(), [], id="not known"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_route007_transport_secure(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(transport_secure, exchanges) == says

"""A parameter stands once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.route.route011_parameter_repeated import parameter_repeated
from tests.core.checks.calls import LOGOUT, call, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="it does"),
    pytest.param(call("/api/v2/REF30/configuration?profile=a&profile=b"), ["2 times"], id="twice"),
    pytest.param(
        call("/o/client/token", "POST", body=b"client_id=x&client_id=x&client_id=y"), ["3 times"], id="in a form"
    ),
    pytest.param(old("/api/v1/logout?deviceId=a&requestor=b&deviceId=c"), ["2 times"], id="of v1"),
    pytest.param(old("/api/v1/preauthorize?resource=a&resource=b", "GET"), [], id="resources"),
    pytest.param(call(f"{LOGOUT}&redirectUrl=x"), [], id="redirectUrl, of which URL006 speaks"),
    pytest.param(call("/health?a=1&a=2"), [], id="elsewhere"),
]


@for_each(("exchanges", "says"), CASES)
def test_route011_parameter_repeated(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(parameter_repeated, exchanges) == says

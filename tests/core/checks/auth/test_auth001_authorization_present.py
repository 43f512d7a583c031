"""Each call has an access token, but for those of a browser."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth001_authorization_present import authorization_present
from tests.core.checks.calls import call, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="a token"),
    pytest.param(call(authorization=None), ["no such header"], id="no header"),
    pytest.param(call(authorization=" "), ["a blank value"], id="a blank one"),
    pytest.param(call("/api/v2/authenticate/REF30/ABC", authorization=None), [], id="the browser's own route"),
    pytest.param(old(authorization=None), [], id="v1, of which V1004 speaks"),
    pytest.param(call("/health", authorization=None), [], id="no route"),
]


@for_each(("exchanges", "says"), CASES)
def test_auth001_authorization_present(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(authorization_present, exchanges) == says

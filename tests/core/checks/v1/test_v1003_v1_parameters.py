"""v1's calls have their parameters."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.v1.v1003_v1_parameters import v1_parameters
from tests.core.checks.calls import old, redacted, said, unread
from tests.harness.for_each import for_each

CASES = [
    pytest.param(old(), [], id="they have"),
    pytest.param(old("/api/v1/logout?requestor=REF30"), ["no value"], id="no deviceId"),
    pytest.param(old("/api/v1/logout?deviceId="), ["no value"], id="an empty one"),
    pytest.param(old("/api/v1/logout?deviceId=x"), [], id="no requestor, which a logout may leave out"),
    pytest.param(old("/api/v1/checkauthn?deviceId=x", "GET"), ["no value"], id="no requestor where it is needed"),
    pytest.param(old("/reggie/v1/REF30/regcode", "POST", body=b"deviceId=x"), [], id="in a form"),
    pytest.param(old("/api/v1/logout", body=b"deviceId=x"), [], id="in a logout's form"),
    pytest.param(old("/api/v1/logout", body=b"requestor=x"), ["no value"], id="not in a logout's form"),
    pytest.param(unread(old("/api/v1/logout")), [], id="a form that was not read"),
    pytest.param(redacted(old()), [], id="redacted"),
]


@for_each(("exchanges", "says"), CASES)
def test_v1003_v1_parameters(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(v1_parameters, exchanges) == says

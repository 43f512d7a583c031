"""A single sign-on token ends at its exp."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.sso.sso003_sso_expired import sso_expired
from tests.core.checks.calls import AT, call, jwt, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(adobe_subject_token=jwt(exp=AT + 1)), [], id="before"),
    pytest.param(call(adobe_subject_token=jwt(exp=AT)), ["JWT exp 2023-11-14T22:13:20Z sub c4fc…"], id="at its end"),
    pytest.param(
        call(x_roku_reserved_roku_connect_token=jwt(exp=1)), ["JWT exp 1970-01-01T00:00:01Z sub c4fc…"], id="Roku's"
    ),
    pytest.param(call(ad_service_token=jwt(exp=1)), ["JWT exp 1970-01-01T00:00:01Z sub c4fc…"], id="a service's"),
    pytest.param(call(ad_service_token=jwt(exp=1), at=None), ["not judged: no date"], id="no date"),
    pytest.param(call(at=None), [], id="no token"),
]


@for_each(("exchanges", "says"), CASES)
def test_sso003_sso_expired(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(sso_expired, exchanges) == says

"""A token ends at its exp, which is the first moment at which it must not be taken."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth003_token_expired import token_expired
from tests.core.checks.calls import bearer, call, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(authorization=bearer(exp=1724109468), at=1724109467.0), [], id="a second before"),
    pytest.param(
        call(authorization=bearer(exp=1724109468), at=1724109468.0),
        ["JWT exp 2024-08-19T23:17:48Z sub c4fc…"],
        id="at its end",
    ),
    pytest.param(
        call(authorization=bearer(exp=1724109468), at=2e9), ["JWT exp 2024-08-19T23:17:48Z sub c4fc…"], id="long after"
    ),
    pytest.param(call(authorization=bearer(exp=1724109468), at=None), ["not judged: no date"], id="no date"),
    pytest.param(call(authorization=bearer(exp=None), at=None), [], id="no date, and no exp either"),
    pytest.param(call(authorization="Bearer 2YotnFZFEjr1zCsicMWpAA"), [], id="an opaque token"),
    pytest.param(call(authorization=bearer(exp="soon")), [], id="an exp that is no time"),
    pytest.param(
        call(authorization=bearer(exp=-(10**30))), ["JWT exp beyond all dates sub c4fc…"], id="an exp beyond all dates"
    ),
    pytest.param(
        redacted(call(authorization=bearer(exp=1600000001))),
        ["JWT exp 2020-09-13T12:26:41Z sub d0de…"],
        id="a redacted token keeps its exp",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_auth003_token_expired(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(token_expired, exchanges) == says

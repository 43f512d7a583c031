"""v1 takes tokens of its own applications."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.v1.v1010_v1_token_of_v2 import v1_token_of_v2
from tests.core.checks.calls import bearer, call, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(old(), ["a JWT with the scope api:client:v2"], id="v2's"),
    pytest.param(old(authorization=bearer(scopes="config:client,profile:client")), [], id="v1's"),
    pytest.param(old(authorization=bearer(scopes="api:client:v2 profile:client")), [], id="of both"),
    pytest.param(old(authorization=bearer(scopes=None)), [], id="without scopes"),
    pytest.param(old(authorization="Bearer opaque"), [], id="no JWT"),
    pytest.param(call(), [], id="on v2"),
]


@for_each(("exchanges", "says"), CASES)
def test_v1010_v1_token_of_v2(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(v1_token_of_v2, exchanges) == says

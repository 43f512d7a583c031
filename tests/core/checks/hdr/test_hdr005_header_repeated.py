"""A header stands on one line."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr005_header_repeated import header_repeated
from tests.core.checks.calls import GOOD, call, said

CASES = [
    pytest.param(call(), [], id="one"),
    pytest.param(call(more=[("authorization", GOOD["Authorization"])]), ["2 equal lines"], id="two equal ones"),
    pytest.param(call(more=[("authorization", "Bearer x")]), ["2 different lines"], id="two different ones"),
    pytest.param(call(more=[("Accept", "application/json")]), [], id="Accept, a list"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_hdr005_header_repeated(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(header_repeated, exchanges) == says

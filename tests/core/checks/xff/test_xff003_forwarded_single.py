"""There is one address."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.xff.xff003_forwarded_single import forwarded_single
from tests.core.checks.calls import call, redacted, said

CASES = [
    pytest.param(call(), [], id="one"),
    pytest.param(call(x_forwarded_for="93.184.216.34, 93.184.216.35"), ["2 entries"], id="two"),
    pytest.param(call(more=[("X-Forwarded-For", "93.184.216.35")]), ["2 entries"], id="two lines"),
    pytest.param(call(x_forwarded_for="93.184.216.34,"), [], id="a comma behind it"),
    pytest.param(redacted(call(x_forwarded_for="93.184.216.34, 93.184.216.35")), ["2 entries"], id="two, redacted"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_xff003_forwarded_single(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(forwarded_single, exchanges) == says

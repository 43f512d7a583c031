"""A bucket of eleven runs low at two, before Adobe answers 429."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.thr.thr003_throttle_budget import throttle_budget
from tests.core.checks.calls import AT, call, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param([call(at=AT) for _ in range(9)], [], id="nine at once"),
    pytest.param([call(at=AT) for _ in range(10)], ["1 of a burst of ten left"], id="ten at once"),
    pytest.param([call(at=AT) for _ in range(11)], [], id="said once"),
    pytest.param([call(at=AT + n) for n in range(60)], [], id="one a second for a minute"),
    pytest.param(
        [*[call(at=AT) for _ in range(10)], *[call(at=AT + 60) for _ in range(10)]],
        ["1 of a burst of ten left"],
        id="again when it had recovered",
    ),
    pytest.param([call(at=AT, x_forwarded_for=f"93.184.216.{n}") for n in range(10)], [], id="ten addresses"),
    pytest.param(
        [call(at=AT, x_forwarded_for=None, inbound=True, client="93.184.216.34") for n in range(10)],
        ["1 of a burst of ten left"],
        id="live, by the client",
    ),
    pytest.param([call("/health", at=AT) for _ in range(10)], [], id="not the API's"),
    pytest.param([call(at=AT - n) for n in range(10)], ["1 of a burst of ten left"], id="a clock that goes back"),
    pytest.param(call(at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_thr003_throttle_budget(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(throttle_budget, exchanges) == says

"""A 429 is said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.thr.thr001_throttled import throttled
from tests.core.checks.calls import answer, call, said

CASES = [
    pytest.param(call(answer=answer({"logouts": {}})), [], id="200"),
    pytest.param(call(answer=answer(b"<html>", 429, "text/html")), ["429 without Retry-After"], id="429"),
    pytest.param(
        call(answer=answer(b"", 429, "text/html", Retry_After="1")), ["429 with Retry-After"], id="with Retry-After"
    ),
    pytest.param(call(), [], id="no answer"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_thr001_throttled(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(throttled, exchanges) == says

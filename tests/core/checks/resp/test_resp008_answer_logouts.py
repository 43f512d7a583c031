"""A logout's answer has logouts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp008_answer_logouts import answer_logouts
from tests.core.checks.calls import PROFILES, answer, call, logouts, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(logouts(), [], id="it has"),
    pytest.param(call(answer=answer({"ok": True})), ["JSON without the map logouts"], id="it has none"),
    pytest.param(call(answer=answer({"logouts": []})), ["JSON without the map logouts"], id="a list"),
    pytest.param(call(answer=answer({"logouts": {}})), [], id="empty"),
    pytest.param(call(answer=answer({"status": 400, "code": "x"}, 400)), [], id="an error"),
    pytest.param(call(PROFILES, answer=answer({"profiles": {}})), [], id="profiles"),
]


@for_each(("exchanges", "says"), CASES)
def test_resp008_answer_logouts(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_logouts, exchanges) == says

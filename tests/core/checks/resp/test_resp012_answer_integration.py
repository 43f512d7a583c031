"""An integration that is not active is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp012_answer_integration import answer_integration
from tests.core.checks.calls import PROFILES, answer, call, old, said

CASES = [
    pytest.param(call(answer=answer({})), [], id="no error"),
    pytest.param(
        call(PROFILES, answer=answer({"action": "none", "status": 400, "code": "invalid_integration"}, 400)),
        ["invalid_integration"],
        id="v2's",
    ),
    pytest.param(
        old(answer=answer({"action": "configuration", "status": 400, "code": "unknown_integration"}, 400)),
        ["unknown_integration"],
        id="v1's",
    ),
    pytest.param(
        call(answer=answer({"action": "none", "status": 400, "code": "invalid_parameter_mvpd"}, 400)), [], id="another"
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_resp012_answer_integration(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_integration, exchanges) == says

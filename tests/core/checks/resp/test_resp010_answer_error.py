"""What Adobe refuses is said with its code."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp010_answer_error import answer_error
from tests.core.checks.calls import answer, call, old, said

CASES = [
    pytest.param(call(answer=answer({"logouts": {}})), [], id="nothing"),
    pytest.param(
        call(answer=answer({"action": "none", "status": 400, "code": "invalid_parameter_mvpd"}, 400)),
        ["400 invalid_parameter_mvpd"],
        id="an enhanced error",
    ),
    pytest.param(old(answer=answer({"status": 403, "message": "x"}, 403)), ["403"], id="v1's plain one"),
    pytest.param(
        call("/o/client/token", "POST", answer=answer({"error": "invalid_client"}, 400)),
        ["400 invalid_client"],
        id="the registration's",
    ),
    pytest.param(
        call(answer=answer({"action": "none", "status": 400, "code": "Not A Code"}, 400)), [], id="a code that is none"
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_resp010_answer_error(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_error, exchanges) == says

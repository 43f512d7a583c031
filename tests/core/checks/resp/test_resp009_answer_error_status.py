"""An error has one status."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp009_answer_error_status import answer_error_status
from tests.core.checks.calls import AUTHORIZE, answer, call, old, said

CASES = [
    pytest.param(
        call(answer=answer({"action": "none", "status": 400, "code": "invalid_parameter_mvpd"}, 400)), [], id="one"
    ),
    pytest.param(
        call(answer=answer({"action": "none", "status": 400, "code": "invalid_parameter_mvpd"}, 500)),
        ["400 in an answer of 500"],
        id="two",
    ),
    pytest.param(
        call(answer=answer({"error": {"action": "none", "status": 400, "code": "invalid_parameter_mvpd"}}, 401)),
        ["400 in an answer of 401"],
        id="in an object error",
    ),
    pytest.param(
        call(
            AUTHORIZE,
            "POST",
            answer=answer(
                {"decisions": [{"error": {"action": "none", "status": 400, "code": "invalid_parameter_mvpd"}}]}
            ),
        ),
        [],
        id="a decision's own",
    ),
    pytest.param(
        old(answer=answer(b"<error><status>403</status><message>x</message></error>", 400, "application/xml")),
        ["403 in an answer of 400"],
        id="v1's XML",
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_resp009_answer_error_status(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_error_status, exchanges) == says

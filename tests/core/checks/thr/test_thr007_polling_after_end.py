"""Polling ends with the code."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.thr.thr007_polling_after_end import polling_after_end
from tests.core.checks.calls import AT, CODE, answer, call, old, said
from tests.harness.for_each import for_each

SESSIONS = "/api/v2/REF30/sessions"
MADE = call(SESSIONS, "POST", answer=answer({"code": "ABC123", "notAfter": str(int(AT * 1000 + 1_800_000))}))

CASES = [
    pytest.param([MADE, call(CODE, at=AT + 1800)], [], id="before its end"),
    pytest.param([MADE, call(CODE, at=AT + 1850)], [], id="a minute is forgiven"),
    pytest.param([MADE, call(CODE, at=AT + 1900)], ["a code that ended 100 s before"], id="after its end"),
    pytest.param([MADE, call(CODE, at=AT + 1900), call(CODE, at=AT + 1905)], [], id="it is said once"),
    pytest.param([call(CODE, at=AT + 1900)], [], id="a code that nobody saw being made"),
    pytest.param([MADE, call(CODE.replace("ABC", "DEF"), at=AT + 1900)], [], id="another code"),
    pytest.param(
        [
            call("/api/v2/REF30/sessions/ABC123", answer=answer({"notAfter": int(AT * 1000 + 60_000)})),
            call(CODE, at=AT + 1900),
        ],
        ["a code that ended 1840 s before"],
        id="told of its session",
    ),
    pytest.param(
        [
            old(
                "/reggie/v1/REF30/regcode", "POST", device="d", answer=answer({"code": "X1", "expires": 1700000060000})
            ),
            old("/api/v1/checkauthn/X1?requestor=REF30", "GET", device="d", at=AT + 1900),
        ],
        ["a code that ended 1840 s before"],
        id="of v1",
    ),
    pytest.param(
        [call(SESSIONS, "POST", answer=answer({"code": "A", "notAfter": "soon"})), call(CODE)], [], id="no time"
    ),
    pytest.param([call(SESSIONS, "POST", answer=answer(status=400)), call(CODE)], [], id="an error"),
]


@for_each(("exchanges", "says"), CASES)
def test_thr007_polling_after_end(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(polling_after_end, exchanges) == says

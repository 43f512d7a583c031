"""Polling goes on with the newest code."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.thr.thr008_polling_old_code import polling_old_code
from tests.core.checks.calls import CODE, answer, call, said
from tests.harness.for_each import for_each

SESSIONS = "/api/v2/REF30/sessions"


def made(code: str, device: str = "a") -> Judged:
    return call(SESSIONS, "POST", device=device, answer=answer({"code": code}))


CASES = [
    pytest.param([made("ABC123"), call(CODE, device="a")], [], id="the newest"),
    pytest.param(
        [made("ABC123"), made("DEF456"), call(CODE, device="a")], ["a code before the newest one"], id="the one before"
    ),
    pytest.param(
        [made("ABC123"), made("DEF456"), call(CODE, device="a"), call(CODE, device="a")], [], id="it is said once"
    ),
    pytest.param([made("ABC123"), made("ABC123"), call(CODE, device="a")], [], id="the same one, made again"),
    pytest.param(
        [made("ABC123"), made("DEF456"), made("ABC123"), call(CODE, device="a")], [], id="it is the newest again"
    ),
    pytest.param([made("ABC123"), made("DEF456", device="b"), call(CODE, device="a")], [], id="of another device"),
    pytest.param(
        [made("ABC123"), call(SESSIONS, "POST", device="a", answer=answer(status=400)), call(CODE, device="a")],
        [],
        id="an error",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_thr008_polling_old_code(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(polling_old_code, exchanges) == says

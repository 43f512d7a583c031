"""An entry says its key again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp001_answer_key import answer_key
from tests.core.checks.calls import PROFILES, answer, call, logouts, said

CASES = [
    pytest.param(logouts(), [], id="it does"),
    pytest.param(
        logouts("ATTOTT", mvpd="${degradedMvpd}"), ['mvpd "${degradedMvpd}" under the key "ATTOTT"'], id="another"
    ),
    pytest.param(logouts(mvpd=None), ['mvpd nothing under the key "Cablevision"'], id="none"),
    pytest.param(call(PROFILES, answer=answer({"logouts": {"a": {}}})), [], id="another route"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_resp001_answer_key(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_key, exchanges) == says

"""An action has its type."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp002_answer_pair import answer_pair
from tests.core.checks.calls import logouts, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(logouts(), [], id="complete"),
    pytest.param(logouts(actionName="invalid"), [], id="invalid"),
    pytest.param(logouts(actionName="logout", actionType="interactive"), [], id="logout"),
    pytest.param(logouts(actionName="partner_logout", actionType="partner_interactive"), [], id="partner_logout"),
    pytest.param(logouts(actionName="logout"), ['actionName "logout" with actionType "none"'], id="not together"),
    pytest.param(
        logouts(actionName="utloggning", actionType="interaktiv"),
        ['actionName "utloggning" with actionType "interaktiv"'],
        id="translated",
    ),
    pytest.param(logouts(actionName=None, actionType=None), ["actionName nothing with actionType nothing"], id="none"),
]


@for_each(("exchanges", "says"), CASES)
def test_resp002_answer_pair(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_pair, exchanges) == says

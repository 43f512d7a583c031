"""A logout has a url."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp003_answer_without_url import answer_without_url
from tests.core.checks.calls import logouts, said

CASES = [
    pytest.param(
        logouts(actionName="logout", actionType="interactive", url="https://sp.auth.adobe.com/x"), [], id="it has"
    ),
    pytest.param(logouts(actionName="logout", actionType="interactive"), ["logout and no url"], id="it has not"),
    pytest.param(
        logouts(actionName="logout", actionType="interactive", url=""), ["logout and no url"], id="an empty one"
    ),
    pytest.param(logouts(actionName="partner_logout", actionType="partner_interactive"), [], id="partner_logout"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_resp003_answer_without_url(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_without_url, exchanges) == says

"""What is no logout has none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp004_answer_with_url import answer_with_url
from tests.core.checks.calls import logouts, said

CASES = [
    pytest.param(logouts(), [], id="complete"),
    pytest.param(logouts(url="https://sp.auth.adobe.com/x"), ["complete and a url"], id="complete with url"),
    pytest.param(
        logouts(actionName="partner_logout", url="/x"), ["partner_logout and a url"], id="partner_logout with url"
    ),
    pytest.param(logouts(actionName="new_logout", url="/x"), [], id="an unknown action"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_resp004_answer_with_url(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_with_url, exchanges) == says

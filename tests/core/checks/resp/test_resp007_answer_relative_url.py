"""A url has a host."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp007_answer_relative_url import answer_relative_url
from tests.core.checks.calls import logouts, said

CASES = [
    pytest.param(logouts(actionName="logout", url="https://sp.auth.adobe.com/x?u=y"), [], id="it has"),
    pytest.param(
        logouts(actionName="logout", url="/adobe-services/logout?redirect_url=http://x"),
        ["a url without a host"],
        id="it has not",
    ),
    pytest.param(logouts(), [], id="no url"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_resp007_answer_relative_url(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_relative_url, exchanges) == says

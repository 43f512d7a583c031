"""A logout that found no profile is told with its causes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp011_answer_invalid import answer_invalid
from tests.core.checks.calls import call, logouts, said

CASES = [
    pytest.param(logouts(), [], id="complete"),
    pytest.param(logouts(actionName="invalid"), ["no valid profile"], id="invalid"),
    pytest.param(logouts(actionName="ogiltig"), [], id="a word that is none, of which RESP002 speaks"),
    pytest.param(call(), [], id="no answer"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_resp011_answer_invalid(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_invalid, exchanges) == says


def test_it_names_its_four_causes_and_the_checks_that_see_each() -> None:
    text = answer_invalid.info.explanation
    for cause in ("DEV006", "AUTH008", "SSO002", "V1002"):
        assert cause in text

"""A browser may leave it out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info002_info_present_in_browser import info_present_in_browser
from tests.core.checks.calls import CHROME, call, said

CASES = [
    pytest.param(call(user_agent=CHROME), [], id="it does not"),
    pytest.param(call(x_device_info=None, user_agent=CHROME), ["no such header"], id="it does"),
    pytest.param(call(x_device_info=None), [], id="no browser"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_info002_info_present_in_browser(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_present_in_browser, exchanges) == says

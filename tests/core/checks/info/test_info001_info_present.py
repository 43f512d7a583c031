"""A television describes itself."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info001_info_present import info_present
from tests.core.checks.calls import CHROME, CODE, call, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="it does"),
    pytest.param(call(x_device_info=None), ["no such header"], id="it does not"),
    pytest.param(call(x_device_info=""), ["a blank value"], id="blank"),
    pytest.param(call(x_device_info=None, user_agent=CHROME), [], id="a browser, of which INFO002 speaks"),
    pytest.param(
        call(x_device_info=None, user_agent=CHROME + " SmartTV"), ["no such header"], id="a television's browser"
    ),
    pytest.param(call(CODE, x_device_info=None), [], id="profile by code, whose page does not list it"),
]


@for_each(("exchanges", "says"), CASES)
def test_info001_info_present(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_present, exchanges) == says

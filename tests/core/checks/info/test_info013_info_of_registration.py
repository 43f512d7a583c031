"""The registration describes the device."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info013_info_of_registration import info_of_registration
from tests.core.checks.calls import CHROME, PROFILES, call, said

CASES = [
    pytest.param(call("/o/client/register", "POST"), [], id="it does"),
    pytest.param(call("/o/client/register", "POST", x_device_info=None), ["no such header"], id="it does not"),
    pytest.param(call("/o/client/token", "POST", x_device_info=""), ["no such header"], id="a blank one"),
    pytest.param(call("/o/client/token", "POST", x_device_info=None, user_agent=CHROME), [], id="a browser"),
    pytest.param(call(PROFILES, x_device_info=None), [], id="v2, of which INFO001 speaks"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_info013_info_of_registration(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_of_registration, exchanges) == says

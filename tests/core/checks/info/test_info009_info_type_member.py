"""The member is called primaryHardwareType."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info009_info_type_member import info_type_member
from tests.core.checks.calls import call, info, said, severities

CASES = [
    pytest.param(call(x_device_info=info(primaryHardwareType="TV")), [], id="it is"),
    pytest.param(call(x_device_info=info(type="TV")), ["a member type"], id="type"),
    pytest.param(call(x_device_info=info(type="TV", primaryHardwareType="TV")), [], id="both"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_info009_info_type_member(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_type_member, exchanges) == says


@pytest.mark.parametrize(
    ("exchanges", "severity"),
    [
        (call(x_device_info=info(type="TV")), "info"),
        (call(x_device_info=info(type="SetTopBox")), "warning"),
    ],
)
def test_info009_is_as_bad_as_it_is(exchanges: Judged | Sequence[Judged], severity: str) -> None:
    assert severities(info_type_member, exchanges) == [severity]

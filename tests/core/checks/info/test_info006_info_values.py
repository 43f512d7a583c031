"""A restricted member has one of the page's values."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info006_info_values import info_values
from tests.core.checks.calls import call, info, old, said, severities
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(x_device_info=info(osVendor="Apple")), [], id="it has"),
    pytest.param(call(x_device_info=info(osName="Roku")), ['"Roku"'], id="Adobe's own cookbook"),
    pytest.param(call(x_device_info=info(osName="TVOS")), ['"TVOS"'], id="the case matters"),
    pytest.param(call(x_device_info=info(primaryHardwareType="Fridge")), ['"Fridge"'], id="nothing near it"),
    pytest.param(old(x_device_info=info(osVendor="Hisense")), [], id="a vendor that v1 does not restrict"),
    pytest.param(call(x_device_info=info(osVendor="Hisense")), ['"Hisense"'], id="the same on v2"),
    pytest.param(
        call(x_device_info=info(osVendor="Hisense", browserName="Hisense")), ['"Hisense"', '"Hisense"'], id="two"
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_info006_info_values(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_values, exchanges) == says


@pytest.mark.parametrize(
    ("exchanges", "severity"),
    [
        (call(x_device_info=info(osName="Roku")), "info"),
        (call(x_device_info=info(osName="iPadOS")), "info"),
        (call(x_device_info=info(osName="Tizen")), "info"),
        (call(x_device_info=info(osName="TVOS")), "warning"),
        (call(x_device_info=info(osFamily="Roku")), "warning"),
    ],
)
def test_info006_is_as_bad_as_it_is(exchanges: Judged | Sequence[Judged], severity: str) -> None:
    assert severities(info_values, exchanges) == [severity]

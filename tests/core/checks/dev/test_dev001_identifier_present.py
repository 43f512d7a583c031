"""Each route that works with a device's profiles names the device."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.dev.dev001_identifier_present import identifier_present
from tests.core.checks.calls import CODE, PROFILES, call, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="it does"),
    pytest.param(call(ap_device_identifier=None), ["no such header"], id="no header"),
    pytest.param(call(ap_device_identifier=""), ["a blank value"], id="a blank one"),
    pytest.param(call(PROFILES, ap_device_identifier=None), ["no such header"], id="profiles"),
    pytest.param(call(CODE, ap_device_identifier=None), [], id="profile by code, whose page does not list it"),
    pytest.param(
        call("/api/v2/REF30/configuration", ap_device_identifier=None), [], id="configuration, where it is optional"
    ),
    pytest.param(
        call(method="DELETE", ap_device_identifier=None), ["no such header"], id="a logout with the wrong method"
    ),
    pytest.param(old(), [], id="v1"),
]


@for_each(("exchanges", "says"), CASES)
def test_dev001_identifier_present(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(identifier_present, exchanges) == says

"""v1 describes the device too."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.v1.v1005_v1_device_info import v1_device_info
from tests.core.checks.calls import V1_LOGOUT, info, old, said, unread
from tests.harness.for_each import for_each

CASES = [
    pytest.param(old(), [], id="a header"),
    pytest.param(old(V1_LOGOUT + "&device_info=" + info(), x_device_info=None), [], id="a parameter"),
    pytest.param(old(x_device_info=None), ["no such header, and no device_info"], id="neither"),
    pytest.param(
        old("/reggie/v1/REF30/regcode", "POST", x_device_info=None, body=b"device_info=e30%3D"), [], id="in a form"
    ),
    pytest.param(old(x_device_info=None, body=b"device_info=e30%3D"), [], id="in a logout's form"),
    pytest.param(old(x_device_info=None, body=b"appId=x"), ["no such header, and no device_info"], id="not in it"),
    pytest.param(unread(old(x_device_info=None)), [], id="a form that was not read"),
    pytest.param(old("/reggie/v1/REF30/regcode/ABC", "GET", x_device_info=None), [], id="a route without a device"),
]


@for_each(("exchanges", "says"), CASES)
def test_v1005_v1_device_info(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(v1_device_info, exchanges) == says

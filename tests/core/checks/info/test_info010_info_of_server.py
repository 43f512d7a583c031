"""The device is described, and not the server that calls for it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info010_info_of_server import info_of_server
from tests.core.checks.calls import call, info, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="a television"),
    pytest.param(
        call(x_device_info=info(osName="Linux", primaryHardwareType="Desktop")),
        ["a desktop with Linux"],
        id="a Linux desktop",
    ),
    pytest.param(call(x_device_info=info(osName="Linux", primaryHardwareType="SetTopBox")), [], id="Linux in a box"),
    pytest.param(call(x_device_info=info(userAgent="python-requests/2.32")), ["an HTTP library"], id="an HTTP library"),
    pytest.param(call(x_device_info=info(userAgent="okhttp/4.12")), ["an HTTP library"], id="okhttp on tvOS"),
    pytest.param(call(x_device_info=info(osName="Android", userAgent="okhttp/4.12")), [], id="okhttp on Android"),
    pytest.param(
        redacted(call(x_device_info=info(userAgent="python-requests/2.32 of somebody"))),
        ["not judged: redacted"],
        id="a redacted User-Agent",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_info010_info_of_server(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_of_server, exchanges) == says

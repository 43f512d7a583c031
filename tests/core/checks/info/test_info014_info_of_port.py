"""A server says the port of the device's connection."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info014_info_of_port import info_of_port
from tests.core.checks.calls import call, info, old, said
from tests.harness.for_each import for_each

SERVER = "python-requests/2.32.3"
CASES = [
    pytest.param(call(), [], id="a device"),
    pytest.param(call(user_agent=SERVER), ["no connectionPort"], id="a server without"),
    pytest.param(call(user_agent=SERVER, x_device_info=info(connectionPort=53124)), [], id="a server with"),
    pytest.param(call(user_agent=SERVER, x_device_info=info(connectionPort="53124")), [], id="as a text"),
    pytest.param(call(user_agent=SERVER, x_device_info=None), [], id="no description, of which INFO001 speaks"),
    pytest.param(old(user_agent=SERVER), [], id="v1"),
]


@for_each(("exchanges", "says"), CASES)
def test_info014_info_of_port(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_of_port, exchanges) == says

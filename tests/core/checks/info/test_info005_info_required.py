"""v2 requires five members, v1 two."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info005_info_required import info_required
from tests.core.checks.calls import b64, call, info, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="all"),
    pytest.param(call(x_device_info=info(connectionType=None)), ["no connectionType"], id="one missing"),
    pytest.param(call(x_device_info=info(version=" ")), ["no version"], id="a blank one"),
    pytest.param(call(x_device_info=info(version=5)), [], id="a number"),
    pytest.param(old(x_device_info=b64('{"model": "TV", "osName": "tvOS"}')), [], id="v1"),
    pytest.param(old(x_device_info=b64('{"model": "TV"}')), ["no osName"], id="v1 without osName"),
    pytest.param(call(x_device_info=b64("{")), [], id="not JSON, of which INFO004 speaks"),
]


@for_each(("exchanges", "says"), CASES)
def test_info005_info_required(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_required, exchanges) == says

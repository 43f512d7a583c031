"""v1's device information is percent-encoded."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.v1.v1006_v1_device_info_encoded import v1_device_info_encoded
from tests.core.checks.calls import V1_LOGOUT, call, old, said

CASES = [
    pytest.param(old(x_device_info="e30%3D"), [], id="it is"),
    pytest.param(old(x_device_info="e30="), ["Base64 without percent-encoding"], id="it is not"),
    pytest.param(old(x_device_info="e30w"), [], id="nothing needs it"),
    pytest.param(
        old(V1_LOGOUT + "&device_info=e30=", x_device_info=None), ["Base64 without percent-encoding"], id="in the query"
    ),
    pytest.param(call(x_device_info="e30="), [], id="v2"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_v1006_v1_device_info_encoded(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(v1_device_info_encoded, exchanges) == says

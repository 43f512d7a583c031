"""A device is on one version."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.v1.v1002_v1_and_v2 import v1_and_v2
from tests.core.checks.calls import DEVICE, call, fingerprint, old, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param([old(), old()], [], id="one"),
    pytest.param([old(), call()], ["v2 from a device that called v1"], id="both"),
    pytest.param([call(), old()], ["v1 from a device that called v2"], id="the other way"),
    pytest.param([old(), call(), old()], [], id="said once"),
    pytest.param([old(), call(ap_device_identifier=fingerprint("another"))], [], id="another device"),
    pytest.param(
        [call(), old("/reggie/v1/REF30/regcode", "POST", body=b"deviceId=" + DEVICE.encode())],
        ["v1 from a device that called v2"],
        id="a form's device",
    ),
    pytest.param([redacted(old(at=None)), redacted(call(at=None))], ["v2 from a device that called v1"], id="redacted"),
]


@for_each(("exchanges", "says"), CASES)
def test_v1002_v1_and_v2(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(v1_and_v2, exchanges) == says

"""A device, known by client, address and User-Agent, keeps its identifier."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.dev.dev006_identifier_changes import identifier_changes
from tests.core.checks.calls import PROFILES, bearer, call, fingerprint, info, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param([call(PROFILES), call()], [], id="the same"),
    pytest.param(
        [call(PROFILES), call(ap_device_identifier=fingerprint("another"))],
        ["fingerprint <base64 of 7 bytes>, not the one that this device had before"],
        id="another at logout",
    ),
    pytest.param([call(PROFILES), call(ap_device_identifier=fingerprint("another")), call()], [], id="and back"),
    pytest.param(
        [call(PROFILES), call(ap_device_identifier=fingerprint("another"), x_forwarded_for="93.184.216.35")],
        [],
        id="from another address",
    ),
    pytest.param(
        [call(PROFILES), call(ap_device_identifier=fingerprint("another"), x_device_info=info(model="TV 6"))],
        [],
        id="of another model",
    ),
    pytest.param(
        [call(PROFILES), call(ap_device_identifier=fingerprint("another"), authorization=bearer(sub="another"))],
        [],
        id="of another client",
    ),
    pytest.param(
        [call(ap_device_identifier=fingerprint(f"device {n}")) for n in range(3)],
        ["fingerprint <base64 of 8 bytes>, not the one that this device had before"],
        id="the third",
    ),
    pytest.param(
        [call(ap_device_identifier=fingerprint(f"device {n}")) for n in range(4)], [], id="the fourth: a fleet"
    ),
    pytest.param(
        [
            redacted(call(PROFILES, at=None)),
            redacted(call(at=None, ap_device_identifier=fingerprint("another device"))),
        ],
        ["fingerprint <base64 of 14 bytes>, not the one that this device had before"],
        id="redacted, without dates",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_dev006_identifier_changes(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(identifier_changes, exchanges) == says

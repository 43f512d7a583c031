"""The identifier is standard Base64 with its padding."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.dev.dev003_identifier_base64 import identifier_base64
from tests.core.checks.calls import DEVICE, call, fingerprint, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="as it should be"),
    pytest.param(call(ap_device_identifier=fingerprint("a device")), [], id="with padding"),
    pytest.param(
        call(ap_device_identifier=fingerprint("a device").rstrip("=")),
        ["fingerprint and 11 characters, padding missing"],
        id="without padding",
    ),
    pytest.param(
        call(ap_device_identifier=fingerprint("a device").replace("=", "%3D")),
        ["Base64, but percent-encoded"],
        id="percent-encoded",
    ),
    pytest.param(call(ap_device_identifier="fingerprint _-8_abcd"), ["Base64, but URL-safe alphabet"], id="URL-safe"),
    pytest.param(
        call(ap_device_identifier=f"fingerprint {DEVICE}"),
        ["Base64, but URL-safe alphabet"],
        id="a UUID that was not encoded",
    ),
    pytest.param(
        call(ap_device_identifier="fingerprint ???"), ["fingerprint and 3 characters of ASCII"], id="none at all"
    ),
    pytest.param(
        redacted(call(ap_device_identifier="fingerprint !!some-secret-device-name!!")),
        ["not judged: redacted"],
        id="redacted as a whole",
    ),
    pytest.param(redacted(call()), [], id="redacted inside"),
]


@for_each(("exchanges", "says"), CASES)
def test_dev003_identifier_base64(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(identifier_base64, exchanges) == says

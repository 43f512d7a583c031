"""The identifier is standard Base64 with its padding."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.dev.dev003_identifier_base64 import identifier_base64
from tests.core.checks.calls import DEVICE, call, fingerprint, redacted, said, severities
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="as it should be"),
    pytest.param(call(ap_device_identifier=fingerprint("a device")), [], id="with padding"),
    pytest.param(
        call(ap_device_identifier=fingerprint("a device").rstrip("=")),
        ["Base64, but no padding"],
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
        ["fingerprint and a bare UUID, not in Base64"],
        id="a UUID that was not encoded",
    ),
    pytest.param(
        call(ap_device_identifier="fingerprint ???"), ["fingerprint and 3 characters of ASCII"], id="none at all"
    ),
    pytest.param(
        call(ap_device_identifier="fingerprint YWJjZGVmZ"), ["fingerprint and 9 characters, cut off"], id="cut off"
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


@pytest.mark.parametrize(
    ("exchanges", "severity"),
    [
        (call(ap_device_identifier=fingerprint("a device").rstrip("=")), "warning"),
        (call(ap_device_identifier="fingerprint _-8_abcd"), "warning"),
        (call(ap_device_identifier=fingerprint("a device").replace("=", "%3D")), "error"),
        (call(ap_device_identifier=f"fingerprint {DEVICE}"), "error"),
        (call(ap_device_identifier="fingerprint ???"), "error"),
    ],
)
def test_dev003_is_as_bad_as_it_is(exchanges: Judged | Sequence[Judged], severity: str) -> None:
    assert severities(identifier_base64, exchanges) == [severity]

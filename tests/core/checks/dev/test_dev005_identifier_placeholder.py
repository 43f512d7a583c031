"""An identifier is a device's own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.dev.dev005_identifier_placeholder import identifier_placeholder
from tests.core.checks.calls import call, fingerprint, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="a UUID"),
    pytest.param(
        call(ap_device_identifier=fingerprint("dummy")),
        ["fingerprint and a word in place of an identifier"],
        id="dummy",
    ),
    pytest.param(call(ap_device_identifier=fingerprint("dummy-7f3a")), [], id="dummy and more"),
    pytest.param(
        call(ap_device_identifier=fingerprint("00000000-0000-0000-0000-000000000000")),
        ["fingerprint and all zeros"],
        id="all zeros",
    ),
    pytest.param(
        call(ap_device_identifier=fingerprint("00000000-0000-0000-0000-000000000001")), [], id="zeros but for one"
    ),
    pytest.param(call(ap_device_identifier=fingerprint(bytes(16))), ["fingerprint and all zeros"], id="bytes of zero"),
    pytest.param(
        call(ap_device_identifier="fingerprint <base64_device_id>"),
        ["fingerprint and an unexpanded placeholder"],
        id="the documentation's own",
    ),
    pytest.param(
        call(ap_device_identifier=fingerprint("${deviceId}")),
        ["fingerprint and an unexpanded placeholder"],
        id="a template inside the Base64",
    ),
    pytest.param(call(ap_device_identifier=fingerprint('{"id":"7f3a"}')), [], id="JSON inside the Base64"),
    pytest.param(
        call(ap_device_identifier=fingerprint("aaaaaaaa")),
        ["fingerprint and one character, repeated"],
        id="one character",
    ),
    pytest.param(redacted(call()), ["not judged: redacted"], id="redacted"),
    pytest.param(
        redacted(call(ap_device_identifier=fingerprint("dummy"))),
        ["not judged: redacted"],
        id="too short for a pseudonym, redacted",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_dev005_identifier_placeholder(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(identifier_placeholder, exchanges) == says

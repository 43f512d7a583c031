"""The type is fingerprint, and a space stands behind it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.dev.dev002_identifier_grammar import identifier_grammar
from tests.core.checks.calls import DEVICE, b64, call, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="as it should be"),
    pytest.param(call(ap_device_identifier=b64(DEVICE)), ["48 characters of letters and digits"], id="the bare Base64"),
    pytest.param(call(ap_device_identifier="fingerprint:" + b64(DEVICE)), ["60 characters of ASCII"], id="no space"),
    pytest.param(call(ap_device_identifier="Fingerprint " + b64(DEVICE)), ["60 characters of ASCII"], id="in capitals"),
    pytest.param(
        call(ap_device_identifier="fingerprint"), ["fingerprint and nothing behind it"], id="nothing behind it"
    ),
    pytest.param(call(ap_device_identifier="fingerprint ???"), [], id="bad Base64, of which DEV003 speaks"),
    pytest.param(
        redacted(call(ap_device_identifier=DEVICE)), ["not judged: redacted"], id="the bare identifier, redacted"
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_dev002_identifier_grammar(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(identifier_grammar, exchanges) == says

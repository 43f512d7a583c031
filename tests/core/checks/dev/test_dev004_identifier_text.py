"""What is in the Base64 is UTF-8."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.dev.dev004_identifier_text import identifier_text
from tests.core.checks.calls import call, fingerprint, redacted, said

CASES = [
    pytest.param(call(), [], id="a UUID"),
    pytest.param(call(ap_device_identifier=fingerprint("télé")), [], id="beyond ASCII"),
    pytest.param(
        call(ap_device_identifier=fingerprint(bytes(range(200, 232)))),
        ["fingerprint <base64 of 32 bytes>, not UTF-8"],
        id="a raw digest",
    ),
    pytest.param(
        redacted(call(ap_device_identifier=fingerprint(bytes(range(200, 232))))),
        ["not judged: redacted"],
        id="a raw digest, redacted",
    ),
    pytest.param(redacted(call()), [], id="a UUID, redacted"),
    pytest.param(
        call(ap_device_identifier="fingerprint ba23d141d715561c94f4e9e4c966b1eb"),
        ["hexadecimal text, not in Base64"],
        id="a digest that was not encoded",
    ),
    pytest.param(call(ap_device_identifier="fingerprint _-8_abcd"), [], id="URL-safe, of which DEV003 speaks"),
    pytest.param(
        call(ap_device_identifier=fingerprint(bytes(range(200, 231))).rstrip("=")),
        [],
        id="without padding, of which DEV003 speaks",
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_dev004_identifier_text(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(identifier_text, exchanges) == says

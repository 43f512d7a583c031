"""The alphabet is the standard one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info008_info_alphabet import info_alphabet
from tests.core.checks.calls import b64, call, info, redacted, said

CASES = [
    pytest.param(call(x_device_info=b64('{"model": "???>>>"}')), [], id="standard"),
    pytest.param(
        call(x_device_info=b64('{"model": "???>>>"}').replace("/", "_").replace("+", "-")),
        ["URL-safe Base64"],
        id="URL-safe",
    ),
    pytest.param(call(x_device_info=b64('{"a": 1}').rstrip("=")), ["Base64 without its padding"], id="without padding"),
    pytest.param(
        redacted(call(x_device_info=info(connectionIp="93.184.216.34"))),
        ["not judged: redacted"],
        id="encoded anew by redaction",
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_info008_info_alphabet(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_alphabet, exchanges) == says

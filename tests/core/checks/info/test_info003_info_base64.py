"""X-Device-Info is Base64."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info003_info_base64 import info_base64
from tests.core.checks.calls import b64, call, info, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="it is"),
    pytest.param(call(x_device_info='{"model": "TV"}'), ["15 characters of ASCII"], id="the bare JSON"),
    pytest.param(call(x_device_info=b64('{"a": 1}').rstrip("=")), [], id="without padding, of which INFO008 speaks"),
    pytest.param(call(x_device_info=info().replace("=", "%3D")), [], id="percent-encoded, of which INFO007 speaks"),
    pytest.param(
        redacted(call(x_device_info='{"model": "a television of mine"}')),
        ["33 characters of ASCII"],
        id="JSON, redacted",
    ),
    pytest.param(redacted(call(x_device_info="a television of mine")), ["not judged: redacted"], id="none, redacted"),
]


@for_each(("exchanges", "says"), CASES)
def test_info003_info_base64(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_base64, exchanges) == says

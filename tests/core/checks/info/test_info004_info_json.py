"""Inside the Base64 is a JSON object."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info004_info_json import info_json
from tests.core.checks.calls import b64, call, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="it is"),
    pytest.param(
        call(x_device_info=b64('{"osName": "tvOS"\n"osVendor": "Apple"}')),
        ["Base64 of JSON that breaks off at line 2, column 1: expecting ',' delimiter"],
        id="a comma is missing",
    ),
    pytest.param(call(x_device_info=b64("[]")), ["Base64 of JSON, but no object"], id="a list"),
    pytest.param(call(x_device_info=b64("{}")), [], id="an empty object"),
    pytest.param(call(x_device_info=b64(b"\xff\xfe")), ["Base64 of 2 bytes that are not UTF-8"], id="not UTF-8"),
    pytest.param(
        call(x_device_info=b64("[" * 100000)), ["Base64 of JSON nested too deeply to read"], id="nested too deeply"
    ),
    pytest.param(
        call(x_device_info=b64("[" + "9" * 5000 + "]")),
        ["Base64 of JSON with a number too long to read"],
        id="a number too long",
    ),
    pytest.param(
        redacted(call(x_device_info=b64('{"osName": "tvOS"\n"connectionIp": "93.184.216.34"}'))),
        ["Base64 of JSON that breaks off at line 2, column 1: expecting ',' delimiter"],
        id="a comma is missing, redacted",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_info004_info_json(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_json, exchanges) == says

"""A temporary pass's identity is no e-mail address."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr016_temp_pass_plain import temp_pass_plain
from tests.core.checks.calls import AUTHORIZE, b64, call, redacted, said

CASES = [
    pytest.param(call(AUTHORIZE, "POST"), [], id="none"),
    pytest.param(call(AUTHORIZE, "POST", ap_temppass_identity=b64('{"user": "5f4dcc3b5aa765d6"}')), [], id="a hash"),
    pytest.param(
        call(AUTHORIZE, "POST", ap_temppass_identity=b64('{"email": "jane.doe@example.com"}')),
        ["an e-mail address in clear"],
        id="an address",
    ),
    pytest.param(call(AUTHORIZE, "POST", ap_temppass_identity="x"), [], id="unreadable, of which HDR009 speaks"),
    pytest.param(
        redacted(call(AUTHORIZE, "POST", ap_temppass_identity=b64('{"email": "jane.doe@example.com"}'))),
        ["not judged: redacted"],
        id="redacted",
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_hdr016_temp_pass_plain(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(temp_pass_plain, exchanges) == says

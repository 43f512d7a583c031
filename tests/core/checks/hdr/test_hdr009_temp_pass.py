"""The identity is one Base64 text."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr009_temp_pass import temp_pass
from tests.core.checks.calls import AUTHORIZE, b64, call, redacted, said

CASES = [
    pytest.param(call(AUTHORIZE, "POST"), [], id="none"),
    pytest.param(
        call(AUTHORIZE, "POST", ap_temppass_identity=b64('{"email": "a@example.com"}')), [], id="as it should be"
    ),
    pytest.param(
        call(AUTHORIZE, "POST", ap_temppass_identity="eyJhIjogMX0=eyJiIjogMX0="),
        ["two Base64 texts in one, padding in the middle"],
        id="glued, as the page has it",
    ),
    pytest.param(
        call(AUTHORIZE, "POST", ap_temppass_identity=b64("{}")),
        ["JSON, but no object with members"],
        id="an empty object",
    ),
    pytest.param(
        redacted(call(AUTHORIZE, "POST", ap_temppass_identity=b64('{"email": "a@example.com"}'))),
        ["not judged: redacted"],
        id="redacted",
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_hdr009_temp_pass(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(temp_pass, exchanges) == says

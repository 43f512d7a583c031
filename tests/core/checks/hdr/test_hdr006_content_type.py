"""A POST says what its body is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr006_content_type import content_type
from tests.core.checks.calls import AUTHORIZE, call, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(AUTHORIZE, "POST", content_type="application/json;charset=utf-8"), [], id="JSON"),
    pytest.param(
        call(AUTHORIZE, "POST", content_type="application/x-www-form-urlencoded"),
        ["application/x-www-form-urlencoded"],
        id="a form instead",
    ),
    pytest.param(call("/api/v2/REF30/sessions", "POST"), ["no such header"], id="nothing"),
    pytest.param(
        call("/api/v2/REF30/sessions", "POST", content_type="application/x-www-form-urlencoded"), [], id="a form"
    ),
    pytest.param(call("/o/client/token", "POST", content_type="text/plain"), ["text/plain"], id="a token"),
    pytest.param(call(), [], id="a logout"),
]


@for_each(("exchanges", "says"), CASES)
def test_hdr006_content_type(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(content_type, exchanges) == says

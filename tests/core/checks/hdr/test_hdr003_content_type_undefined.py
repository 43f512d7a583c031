"""A GET has no Content-Type."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr003_content_type_undefined import content_type_undefined
from tests.core.checks.calls import AUTHORIZE, call, said

CASES = [
    pytest.param(call(), [], id="none"),
    pytest.param(call(content_type="application/json"), ["a value"], id="one"),
    pytest.param(call(AUTHORIZE, "POST", content_type="application/json"), [], id="a decision's"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_hdr003_content_type_undefined(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(content_type_undefined, exchanges) == says

"""A GET has no body."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr002_body_undefined import body_undefined
from tests.core.checks.calls import AUTHORIZE, call, old, said

CASES = [
    pytest.param(call(), [], id="none"),
    pytest.param(call(body=b"{}"), ["a body"], id="one"),
    pytest.param(call(AUTHORIZE, "POST", body=b"{}"), [], id="a decision's"),
    pytest.param(old(body=b"x"), [], id="v1"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_hdr002_body_undefined(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(body_undefined, exchanges) == says

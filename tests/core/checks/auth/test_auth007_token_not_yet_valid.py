"""A token begins at its nbf; a minute is forgiven."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth007_token_not_yet_valid import token_not_yet_valid
from tests.core.checks.calls import AT, bearer, call, said

CASES = [
    pytest.param(call(authorization=bearer(nbf=AT)), [], id="at its beginning"),
    pytest.param(call(authorization=bearer(nbf=AT + 60)), [], id="a minute early"),
    pytest.param(
        call(authorization=bearer(nbf=AT + 61)), ["JWT nbf 2023-11-14T22:14:21Z"], id="more than a minute early"
    ),
    pytest.param(call(at=None), ["not judged: no date"], id="no date"),
    pytest.param(call(authorization=bearer(nbf=None), at=None), [], id="no nbf"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_auth007_token_not_yet_valid(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(token_not_yet_valid, exchanges) == says

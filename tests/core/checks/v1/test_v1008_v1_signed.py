"""The signed form is being discontinued."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.v1.v1008_v1_signed import v1_signed
from tests.core.checks.calls import call, old, said

CASES = [
    pytest.param(old(), [], id="a bearer token"),
    pytest.param(
        old(
            authorization="DELETE requestor_id=REF30, nonce=1, signature_method=HMAC-SHA1, request_time=1700000000000, request_uri=/api/v1/logout, public_key=k, signature=s"
        ),
        ["the signed form of v1, 7 of its 7 members"],
        id="signed",
    ),
    pytest.param(
        call(
            authorization="DELETE requestor_id=REF30, nonce=1, signature_method=HMAC-SHA1, request_time=1700000000000, request_uri=/api/v1/logout, public_key=k, signature=s"
        ),
        [],
        id="on v2, of which AUTH002 speaks",
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_v1008_v1_signed(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(v1_signed, exchanges) == says

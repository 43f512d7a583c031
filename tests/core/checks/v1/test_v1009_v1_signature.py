"""The signed form is complete."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.v1.v1009_v1_signature import v1_signature
from tests.core.checks.calls import old, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(
        old(
            authorization="DELETE requestor_id=REF30, nonce=1, signature_method=HMAC-SHA1, request_time=1700000000000, request_uri=/api/v1/logout, public_key=k, signature=s"
        ),
        [],
        id="it is",
    ),
    pytest.param(
        old(
            authorization="DELETE requestor_id=REF30, nonce=1, signature_method=HMAC-SHA1, request_time=1700000000, request_uri=/api/v1/logout, public_key=k, signature=s"
        ),
        ["a request_time of 10 digits"],
        id="in seconds",
    ),
    pytest.param(
        old(
            authorization="DELETE requestor_id=REF30, nonce=1, signature_method=HMAC-SHA1, request_time=now, request_uri=/api/v1/logout, public_key=k, signature=s"
        ),
        ["a request_time that is no number"],
        id="a time that is none",
    ),
    pytest.param(
        old(authorization="DELETE requestor_id=REF30, nonce=1"),
        ["no signature_method, request_time, request_uri, public_key, signature"],
        id="members missing",
    ),
    pytest.param(
        old(
            "/api/v1/checkauthn?requestor=REF30&deviceId=x",
            "GET",
            authorization="DELETE requestor_id=REF30, nonce=1, signature_method=HMAC-SHA1, request_time=1700000000000, request_uri=/api/v1/logout, public_key=k, signature=s",
        ),
        ["a signature for DELETE"],
        id="for another method",
    ),
    pytest.param(
        redacted(
            old(
                authorization="DELETE requestor_id=REF30, nonce=1, signature_method=HMAC-SHA1, request_time=1700000000000, request_uri=/api/v1/logout, public_key=k, signature=s"
            )
        ),
        [],
        id="redacted",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_v1009_v1_signature(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(v1_signature, exchanges) == says

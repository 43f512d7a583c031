"""The partner's status holds until its date."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr012_partner_status_expired import partner_status_expired
from tests.core.checks.calls import PROFILES, b64, call, said

CASES = [
    pytest.param(
        call(
            PROFILES,
            at=1700000000.9,
            ap_partner_framework_status=b64(
                '{"frameworkPermissionInfo": {"accessStatus": "granted"}, "frameworkProviderInfo": {"id": "x", "expirationDate": "1700000001000"}}'
            ),
        ),
        [],
        id="before",
    ),
    pytest.param(
        call(
            PROFILES,
            at=1700000001.0,
            ap_partner_framework_status=b64(
                '{"frameworkPermissionInfo": {"accessStatus": "granted"}, "frameworkProviderInfo": {"id": "x", "expirationDate": "1700000001000"}}'
            ),
        ),
        ["expirationDate 2023-11-14T22:13:21Z"],
        id="at its end",
    ),
    pytest.param(
        call(
            PROFILES,
            at=None,
            ap_partner_framework_status=b64(
                '{"frameworkPermissionInfo": {"accessStatus": "granted"}, "frameworkProviderInfo": {"id": "x", "expirationDate": "1700000001000"}}'
            ),
        ),
        ["not judged: no date"],
        id="no date",
    ),
    pytest.param(call(PROFILES, at=None), [], id="none"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_hdr012_partner_status_expired(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(partner_status_expired, exchanges) == says

"""The partner's status is complete."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr008_partner_status import partner_status
from tests.core.checks.calls import PROFILES, b64, call, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(PROFILES), [], id="none"),
    pytest.param(
        call(
            PROFILES,
            ap_partner_framework_status=b64(
                '{"frameworkPermissionInfo": {"accessStatus": "granted"}, "frameworkProviderInfo": {"id": "x", "expirationDate": "1700000001000"}}'
            ),
        ),
        [],
        id="granted",
    ),
    pytest.param(
        call(
            PROFILES,
            ap_partner_framework_status=b64(
                '{"frameworkPermissionInfo": {"accessStatus": "denied"}, "frameworkProviderInfo": {}}'
            ),
        ),
        [],
        id="denied, without a provider, as the page has it",
    ),
    pytest.param(
        call(
            PROFILES,
            ap_partner_framework_status=b64(
                '{"frameworkPermissionInfo": {"accessStatus": "granted"}, "frameworkProviderInfo": {}}'
            ),
        ),
        ["frameworkProviderInfo without id and expirationDate"],
        id="granted, without a provider",
    ),
    pytest.param(
        call(
            PROFILES,
            ap_partner_framework_status=b64(
                '{"frameworkPermissionInfo": {"accessStatus": "yes"}, "frameworkProviderInfo": {}}'
            ),
        ),
        ['"yes"'],
        id="an access that is none",
    ),
    pytest.param(call(PROFILES, ap_partner_framework_status="{}"), ["2 characters of ASCII"], id="not Base64"),
    pytest.param(
        call(PROFILES, ap_partner_framework_status=b64("x")),
        ["JSON that breaks off at line 1, column 1: expecting value"],
        id="not JSON",
    ),
    pytest.param(
        call(
            PROFILES,
            ap_partner_framework_status=b64(
                '{"frameworkPermissionInfo": {"accessStatus": "granted"}, "frameworkProviderInfo": {"id": "x", "expirationDate": "soon"}}'
            ),
        ),
        ["an expirationDate that is not a number"],
        id="a date that is none",
    ),
    pytest.param(
        redacted(
            call(
                PROFILES,
                ap_partner_framework_status=b64(
                    '{"frameworkPermissionInfo": {"accessStatus": "granted"}, "frameworkProviderInfo": {}}'
                ),
            )
        ),
        ["not judged: redacted"],
        id="redacted",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_hdr008_partner_status(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(partner_status, exchanges) == says

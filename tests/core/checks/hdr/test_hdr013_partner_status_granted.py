"""A partner's status that is sent is granted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr013_partner_status_granted import partner_status_granted
from tests.core.checks.calls import PROFILES, b64, call, redacted, said, severities
from tests.harness.for_each import for_each

GRANTED = b64(
    '{"frameworkPermissionInfo": {"accessStatus": "granted"}, '
    '"frameworkProviderInfo": {"id": "Cablevision", "expirationDate": "2000000000000"}}'
)
DENIED = b64('{"frameworkPermissionInfo": {"accessStatus": "denied"}, "frameworkProviderInfo": {}}')

CASES = [
    pytest.param(call(PROFILES), [], id="none"),
    pytest.param(call(PROFILES, ap_partner_framework_status=GRANTED), [], id="granted"),
    pytest.param(call(PROFILES, ap_partner_framework_status=DENIED), ["accessStatus denied"], id="denied"),
    pytest.param(
        call(PROFILES, ap_partner_framework_status=DENIED.replace("=", "")), ["accessStatus denied"], id="unpadded"
    ),
    pytest.param(call(PROFILES, ap_partner_framework_status="x"), [], id="unreadable, of which HDR008 speaks"),
    pytest.param(redacted(call(PROFILES, ap_partner_framework_status=DENIED)), ["not judged: redacted"], id="redacted"),
]


@for_each(("exchanges", "says"), CASES)
def test_hdr013_partner_status_granted(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(partner_status_granted, exchanges) == says


@pytest.mark.parametrize(
    ("exchanges", "severity"),
    [
        (call(PROFILES, ap_partner_framework_status=DENIED), "warning"),
        (call("/api/v2/REF30/sessions/sso/Apple", "POST", ap_partner_framework_status=DENIED), "info"),
    ],
)
def test_it_is_as_bad_as_it_is(exchanges: Judged | Sequence[Judged], severity: str) -> None:
    assert severities(partner_status_granted, exchanges) == [severity]

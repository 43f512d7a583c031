"""A partner's routes need the partner's status."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr010_partner_status_present import partner_status_present
from tests.core.checks.calls import call, said

CASES = [
    pytest.param(call("/api/v2/REF30/sessions/sso/Apple", "POST", ap_partner_framework_status="x"), [], id="there"),
    pytest.param(call("/api/v2/REF30/sessions/sso/Apple", "POST"), ["no such header"], id="not there"),
    pytest.param(call("/api/v2/REF30/profiles/sso/Apple", "POST"), ["no such header"], id="profiles/sso"),
    pytest.param(call(), [], id="a logout"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_hdr010_partner_status_present(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(partner_status_present, exchanges) == says

"""A route has the headers of its page."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr001_header_undefined import header_undefined
from tests.core.checks.calls import CODE, PROFILES, call, jwt, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(adobe_subject_token=jwt()), [], id="it has"),
    pytest.param(call(ap_partner_framework_status="x"), ["a value"], id="partner status on a logout"),
    pytest.param(call(ap_temppass_identity="x"), ["a value"], id="temporary pass on a logout"),
    pytest.param(call(PROFILES, ap_partner_framework_status="x"), [], id="partner status on profiles"),
    pytest.param(call(PROFILES + "/Cablevision", ap_temppass_identity="x"), [], id="temporary pass on a profile"),
    pytest.param(call(CODE, adobe_subject_token=jwt()), [], id="Amazon's token, which is wanted on every call"),
    pytest.param(call(CODE, x_roku_reserved_roku_connect_token=jwt()), [], id="Roku's token, which RokuOS adds"),
    pytest.param(call(CODE, ad_service_token=jwt()), ["a value"], id="a service's token on a profile by code"),
    pytest.param(call(CODE), [], id="the device's two headers"),
]


@for_each(("exchanges", "says"), CASES)
def test_hdr001_header_undefined(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(header_undefined, exchanges) == says

"""A service's token is RS256 and complete."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.sso.sso006_service_token_claims import service_token_claims
from tests.core.checks.calls import call, jwt, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(ad_service_token=jwt(aud="adobe", iat=1)), [], id="complete"),
    pytest.param(call(ad_service_token=jwt(aud=["Adobe"], iat=1)), [], id="the other spelling"),
    pytest.param(call(ad_service_token=jwt(aud="roku", iat=1)), ["a JWT for another audience"], id="another audience"),
    pytest.param(call(ad_service_token=jwt(aud="adobe")), ["a JWT without iat"], id="a claim missing"),
    pytest.param(call(ad_service_token=jwt("HS256", aud="adobe", iat=1)), ["a JWT of another algorithm"], id="HS256"),
    pytest.param(redacted(call(ad_service_token=jwt(aud="adobe", iat=1))), [], id="redacted"),
]


@for_each(("exchanges", "says"), CASES)
def test_sso006_service_token_claims(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(service_token_claims, exchanges) == says

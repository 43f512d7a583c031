"""A single sign-on token is a JWS or a JWE."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.sso.sso005_sso_malformed import sso_malformed
from tests.core.checks.calls import call, jwt, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(adobe_subject_token=jwt()), [], id="a JWS"),
    pytest.param(call(adobe_subject_token="eyJhbGciOiJkaXIifQ....x"), [], id="a JWE"),
    pytest.param(
        call(adobe_subject_token="eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJOb ....."), ["40 characters of ASCII"], id="cut off"
    ),
    pytest.param(call(ad_service_token="eyJhbGciOiJkaXIifQ...x"), ["22 characters of ASCII"], id="four parts"),
    pytest.param(
        call(x_roku_reserved_roku_connect_token="2YotnFZFEjr1zCsicMWpAA"),
        ["22 characters of letters and digits"],
        id="an opaque word",
    ),
    pytest.param(
        redacted(call(adobe_subject_token="eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJOb .....")),
        ["not judged: redacted"],
        id="cut off, redacted",
    ),
    pytest.param(redacted(call(adobe_subject_token=jwt())), [], id="a JWS, redacted"),
    pytest.param(
        redacted(call(adobe_subject_token="eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..abc.def.ghi")),
        ["not judged: redacted"],
        id="a JWE, redacted",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_sso005_sso_malformed(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(sso_malformed, exchanges) == says

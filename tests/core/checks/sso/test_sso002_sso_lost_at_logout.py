"""The logout has the tokens of the login."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.sso.sso002_sso_lost_at_logout import sso_lost_at_logout
from tests.core.checks.calls import CODE, PROFILES, call, fingerprint, jwt, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param([call(PROFILES, adobe_subject_token=jwt()), call(adobe_subject_token=jwt())], [], id="it has"),
    pytest.param([call(PROFILES, adobe_subject_token=jwt()), call()], ["no such header"], id="it has not"),
    pytest.param(
        [call(PROFILES, adobe_subject_token=jwt(), ad_service_token=jwt()), call()],
        ["no such header", "no such header"],
        id="two lost",
    ),
    pytest.param(
        [call(PROFILES, adobe_subject_token=jwt()), call(ad_service_token=jwt())], ["no such header"], id="another one"
    ),
    pytest.param([call(adobe_subject_token=jwt()), call()], [], id="only the logout before had it"),
    pytest.param(
        [call(PROFILES, adobe_subject_token=jwt(), ap_device_identifier=fingerprint("another")), call()],
        [],
        id="another device",
    ),
    pytest.param([call(PROFILES, adobe_subject_token=jwt()), call(CODE)], [], id="another route"),
    pytest.param(
        [redacted(call(PROFILES, adobe_subject_token=jwt(), at=None)), redacted(call(at=None))],
        ["no such header"],
        id="redacted",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_sso002_sso_lost_at_logout(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(sso_lost_at_logout, exchanges) == says

"""A device is of one platform."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.sso.sso001_sso_one_platform import sso_one_platform
from tests.core.checks.calls import call, jwt, said

CASES = [
    pytest.param(call(), [], id="none"),
    pytest.param(call(adobe_subject_token=jwt()), [], id="Amazon's"),
    pytest.param(
        call(adobe_subject_token=jwt(), x_roku_reserved_roku_connect_token=jwt()),
        ["Adobe-Subject-Token beside X-Roku-Reserved-Roku-Connect-Token"],
        id="both",
    ),
    pytest.param(call(adobe_subject_token=jwt(), ad_service_token=jwt()), [], id="Amazon's and a service's"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_sso001_sso_one_platform(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(sso_one_platform, exchanges) == says

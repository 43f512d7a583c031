"""Amazon's token is on all calls of v2, or on no call."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.sso.sso007_sso_on_all_calls import sso_on_all_calls
from tests.core.checks.calls import AUTHORIZE, LOGOUT, PROFILES, call, jwt, old, said
from tests.harness.for_each import for_each

WITH = call(PROFILES, adobe_subject_token=jwt())
CASES = [
    pytest.param([call(PROFILES), call(AUTHORIZE, "POST")], [], id="on none"),
    pytest.param([WITH, call(AUTHORIZE, "POST", adobe_subject_token=jwt(jti="new"))], [], id="on all"),
    pytest.param(
        [WITH, call(AUTHORIZE, "POST")], ["no such header, though earlier calls had it"], id="on the first alone"
    ),
    pytest.param(
        [call(AUTHORIZE, "POST"), WITH], ["a token, though earlier calls had no token"], id="on the second alone"
    ),
    pytest.param([WITH, call(AUTHORIZE, "POST"), WITH], [], id="it is said once"),
    pytest.param([WITH, call(LOGOUT)], [], id="a logout without, of which SSO002 speaks"),
    pytest.param([WITH, old()], [], id="v1"),
    pytest.param([WITH, call("/api/v2/authenticate/REF30/ABC")], [], id="the browser's own route"),
    pytest.param([WITH, call(AUTHORIZE, "POST", device="b")], [], id="another device"),
]


@for_each(("exchanges", "says"), CASES)
def test_sso007_sso_on_all_calls(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(sso_on_all_calls, exchanges) == says

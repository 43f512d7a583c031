"""A Roku has Roku's token, if RokuOS knows the host."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.sso.sso004_sso_of_roku import sso_of_roku
from tests.core.checks.calls import CODE, call, info, jwt, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="no Roku"),
    pytest.param(call(user_agent="Roku/DVP-12.0 (12.0.0.4182-AE)"), ["no such header"], id="a Roku without"),
    pytest.param(call(x_device_info=info(osName="Roku OS")), ["no such header"], id="by its description"),
    pytest.param(call(user_agent="Roku/DVP-12.0", x_roku_reserved_roku_connect_token=jwt()), [], id="a Roku with it"),
    pytest.param(call(user_agent="Roku/DVP-12.0", x_roku_reserved_other="x"), [], id="with the other of both"),
    pytest.param(call(CODE, user_agent="Roku/DVP-12.0"), [], id="where it is not defined"),
]


@for_each(("exchanges", "says"), CASES)
def test_sso004_sso_of_roku(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(sso_of_roku, exchanges) == says

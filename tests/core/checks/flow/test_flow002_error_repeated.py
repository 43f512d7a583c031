"""A call is not repeated after an error, unless that says retry."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.flow.flow002_error_repeated import error_repeated
from tests.core.checks.calls import AT, AUTHORIZE, CODE, LOGOUT, PROFILES, answer, bearer, call, old, said
from tests.harness.for_each import for_each


def error(
    action: str, status: int = 400, target: str = LOGOUT, method: str = "GET", code: str = "invalid_parameter_mvpd"
) -> Judged:
    return call(target, method, answer=answer({"action": action, "status": status, "code": code}, status))


REFUSED = error("none")

CASES = [
    pytest.param([call(answer=answer({})), call()], [], id="it was answered"),
    pytest.param([REFUSED, call(at=AT + 2)], ["the same call, 2 s after invalid_parameter_mvpd"], id="at once"),
    pytest.param([REFUSED, call(at=AT + 100)], [], id="later"),
    pytest.param([REFUSED, call(PROFILES), call()], [], id="with another call in between"),
    pytest.param([REFUSED, call(authorization=bearer(jti="new"))], [], id="with a new token"),
    pytest.param([error("retry"), error("retry"), error("retry"), call()], [], id="three tries"),
    pytest.param(
        [error("retry")] * 4 + [call()], ["the same call, number 5, 0 s after invalid_parameter_mvpd"], id="four tries"
    ),
    pytest.param([error("none", 500), call()], [], id="Adobe's own failure"),
    pytest.param([error("none", 401), call()], [], id="a 401, of which AUTH012 speaks"),
    pytest.param([error("authentication", 403, CODE), call(CODE)], [], id="polling"),
    pytest.param(
        [error("none", 400, CODE, code="invalid_authentication_session"), call(CODE)],
        ["the same call, 0 s after invalid_authentication_session"],
        id="polling with a code that Adobe does not know",
    ),
    pytest.param([error("authentication", 403, PROFILES), call(PROFILES)], [], id="asking for a login"),
    pytest.param(
        [error("none", 400, PROFILES), call(PROFILES)],
        ["the same call, 0 s after invalid_parameter_mvpd"],
        id="asking wrongly",
    ),
    pytest.param(
        [error("none", 400, AUTHORIZE, "POST", "invalid_parameter_resources"), call(AUTHORIZE, "POST")],
        [],
        id="about a body, which may be another one",
    ),
    pytest.param(
        [error("none", 400, AUTHORIZE, "POST", "invalid_header_device_info"), call(AUTHORIZE, "POST")],
        ["the same call, 0 s after invalid_header_device_info"],
        id="about a header, with a body",
    ),
    pytest.param(
        [old(answer=answer({"status": 403, "message": "x"}, 403)), old()], [], id="an error without an action"
    ),
    pytest.param(call(at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_flow002_error_repeated(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(error_repeated, exchanges) == says

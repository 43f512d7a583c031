"""What Adobe refuses is said with its code."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from gateway.core.adobe.errors import BY_CODE, MEANINGS, ApiError, advice_for
from gateway.core.audit import Judged
from gateway.core.checks.resp.resp010_answer_error import answer_error
from tests.core.checks.calls import answer, call, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(answer=answer({"logouts": {}})), [], id="nothing"),
    pytest.param(
        call(answer=answer({"action": "none", "status": 400, "code": "invalid_parameter_mvpd"}, 400)),
        ["400 invalid_parameter_mvpd"],
        id="an enhanced error",
    ),
    pytest.param(
        call(answer=answer({"action": "none", "status": 500, "code": "internal_server_error"}, 500)),
        ["500 internal_server_error"],
        id="Adobe's own failure",
    ),
    pytest.param(old(answer=answer({"status": 403, "message": "x"}, 403)), ["403"], id="v1's plain one"),
    pytest.param(
        call("/o/client/token", "POST", answer=answer({"error": "invalid_client"}, 400)),
        ["400 invalid_client"],
        id="the registration's",
    ),
    pytest.param(
        call(answer=answer({"action": "none", "status": 400, "code": "Not A Code"}, 400)), [], id="a code that is none"
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_resp010_answer_error(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_error, exchanges) == says


@for_each(
    ("status", "code", "action", "advice"),
    [
        (500, "internal_server_error", "none", "Adobe failed, not the call: two or three tries, each later"),
        (503, "something_new", "none", "Adobe failed, not the call: two or three tries, each later"),
        (
            500,
            "invalid_configuration_platform",
            "configuration",
            "the TVE Dashboard's configuration must be corrected",
        ),
        (
            401,
            "invalid_access_token_client_application",
            "application-registration",
            "a new access token of the same client",
        ),
        (400, "invalid_parameter_mvpd", "none", "the request itself must be corrected"),
        (501, "not_emulated", "none", "a call that the built-in emulator knows"),
        (400, "invalid_client", "", "new client credentials from POST /o/client/register"),
        (403, "authorization_denied_by_mvpd", "authentication", "show the user the message"),
        (418, "something_new", "a_new_action", "look the code up on the page"),
    ],
)
def test_what_it_expects_is_advice(status: int, code: str, action: str, advice: str) -> None:
    assert advice_for(ApiError("enhanced", code, action, status), status).startswith(advice)


def test_each_documented_code_that_has_advice_of_its_own_is_a_word_of_the_pages() -> None:
    assert all(re.fullmatch(r"[a-z_]+", code) for code in BY_CODE)
    assert len(set(MEANINGS)) == 6

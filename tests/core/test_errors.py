"""What the gateway answers in its own name has the API's form, and is marked as ours."""

from __future__ import annotations

import json

from gateway.core.errors import REASONS, gateway_error
from tests.harness.for_each import for_each


@for_each("status", [*REASONS, 499])
def test_an_error_is_the_enhanced_form_and_says_whose_it_is(status: int) -> None:
    answer = gateway_error(status, "some_code", "What went wrong.", nearest=[])
    assert isinstance(answer.body, bytes)
    error = json.loads(answer.body)
    assert error == {
        "action": "retry" if status in {503, 504} else "none",
        "status": status,
        "code": "some_code",
        "message": "What went wrong.",
        "nearest": [],
    }
    assert (answer.status, answer.reason, answer.source) == (status, REASONS.get(status, ""), "gateway")
    assert answer.headers["X-Gateway-Error"] == "some_code"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_error_is_ascii_whatever_is_quoted_in_it() -> None:
    answer = gateway_error(502, "gateway_replay_miss", "No.", nearest=["é\x9b\u2028"])
    assert isinstance(answer.body, bytes)
    assert answer.body.isascii()

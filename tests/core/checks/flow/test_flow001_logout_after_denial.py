"""A denial is no reason to log out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.flow.flow001_logout_after_denial import logout_after_denial
from tests.core.checks.calls import AT, AUTHORIZE, answer, call, fingerprint, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(
        [
            call(AUTHORIZE, "POST", at=AT, answer=answer({"decisions": [{"resource": "r", "authorized": False}]})),
            call(at=AT + 2),
        ],
        ["a logout 2.0 s after a denied decision"],
        id="right after",
    ),
    pytest.param(
        [
            call(AUTHORIZE, "POST", at=AT, answer=answer({"decisions": [{"resource": "r", "authorized": False}]})),
            call(at=AT + 2.1),
        ],
        [],
        id="later",
    ),
    pytest.param(
        [
            call(AUTHORIZE, "POST", at=AT, answer=answer({"decisions": [{"resource": "r", "authorized": True}]})),
            call(at=AT + 1),
        ],
        [],
        id="after a permit",
    ),
    pytest.param(
        [
            call(
                AUTHORIZE,
                "POST",
                at=AT,
                answer=answer({"action": "none", "status": 403, "code": "authorization_denied_by_mvpd"}, 403),
            ),
            call(at=AT + 1),
        ],
        ["a logout 1.0 s after a denied decision"],
        id="after a 403",
    ),
    pytest.param(
        [
            call(AUTHORIZE, "POST", at=AT, answer=answer({"decisions": [{"resource": "r", "authorized": False}]})),
            call(at=AT + 1, ap_device_identifier=fingerprint("another")),
        ],
        [],
        id="another device's",
    ),
    pytest.param(
        [
            call(AUTHORIZE, "POST", at=AT, answer=answer({"decisions": [{"resource": "r", "authorized": False}]})),
            old(at=AT + 1),
        ],
        ["a logout 1.0 s after a denied decision"],
        id="v1's logout",
    ),
    pytest.param(
        [
            call(AUTHORIZE, "POST", at=AT, answer=answer({"decisions": [{"resource": "r", "authorized": False}]})),
            call(at=AT + 1),
            call(at=AT + 1.5),
        ],
        [],
        id="the second logout",
    ),
    pytest.param(call(at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_flow001_logout_after_denial(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(logout_after_denial, exchanges) == says

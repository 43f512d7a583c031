"""Polling ends with the login."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.thr.thr006_polling_after_success import polling_after_success
from tests.core.checks.calls import AT, CODE, answer, call, old, said
from tests.harness.for_each import for_each

WAITING = call(CODE, answer=answer({"profiles": {}}))
FOUND = call(CODE, answer=answer({"profiles": {"Cablevision": {"type": "regular"}}}))

CASES = [
    pytest.param([WAITING, call(CODE, at=AT + 5)], [], id="it goes on while there is none"),
    pytest.param(
        [WAITING, FOUND, call(CODE, at=AT + 10)], ["asked again for a login that came before"], id="it goes on"
    ),
    pytest.param([FOUND, FOUND, FOUND], [], id="it is said once"),
    pytest.param([FOUND, call(CODE.replace("ABC", "DEF"))], [], id="another code"),
    pytest.param([FOUND, call("/api/v2/REF30/profiles")], [], id="another route"),
    pytest.param([call(CODE, answer=answer(status=403)), call(CODE)], [], id="not yet, as an error"),
    pytest.param(
        [old("/api/v1/checkauthn/ABC?requestor=REF30", "GET", answer=answer()), old("/api/v1/checkauthn/ABC?x", "GET")],
        ["asked again for a login that came before"],
        id="of v1",
    ),
    pytest.param(call(CODE, at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_thr006_polling_after_success(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(polling_after_success, exchanges) == says

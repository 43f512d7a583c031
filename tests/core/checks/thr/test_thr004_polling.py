"""A code is asked for every three seconds at the most."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.thr.thr004_polling import polling
from tests.core.checks.calls import AT, CODE, PROFILES, call, fingerprint, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(CODE), [], id="once"),
    pytest.param([call(CODE, at=AT), call(CODE, at=AT + 2.9)], ["asked again after 2.9 s"], id="too soon"),
    pytest.param([call(CODE, at=AT), call(CODE, at=AT + 3)], [], id="three seconds later"),
    pytest.param([call(CODE, at=AT), call(CODE + "4", at=AT + 1)], [], id="another code"),
    pytest.param(
        [call(CODE, at=AT), call(CODE, at=AT + 1, ap_device_identifier=fingerprint("another"))], [], id="another device"
    ),
    pytest.param(
        [
            old("/api/v1/checkauthn/ABC?requestor=REF30", "GET", at=AT),
            old("/api/v1/checkauthn/ABC?requestor=REF30", "GET", at=AT + 1),
        ],
        ["asked again after 1.0 s"],
        id="v1",
    ),
    pytest.param([call(PROFILES, at=AT), call(PROFILES, at=AT + 1)], [], id="another route"),
    pytest.param(call(CODE, at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_thr004_polling(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(polling, exchanges) == says

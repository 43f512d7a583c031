"""What leaves a server says the device's address."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.xff.xff001_forwarded_present import forwarded_present
from tests.core.checks.calls import call, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="it does"),
    pytest.param(call(x_forwarded_for=None), ["no such header"], id="what went out does not"),
    pytest.param(call(x_forwarded_for=""), ["a blank value"], id="blank"),
    pytest.param(call(x_forwarded_for=None, inbound=True), [], id="what came in, from a device"),
    pytest.param(
        call(x_forwarded_for=None, inbound=True, user_agent="python-requests/2.32"),
        ["no such header"],
        id="what came in, from a server",
    ),
    pytest.param(call(x_forwarded_for=None, ours=False), [], id="another tool's recording"),
    pytest.param(
        call("/o/client/token", "POST", x_forwarded_for=None), ["no such header"], id="the client registration, too"
    ),
    pytest.param(call("/o/client/register", "POST", x_forwarded_for=None, inbound=True), [], id="of a device's own"),
]


@for_each(("exchanges", "says"), CASES)
def test_xff001_forwarded_present(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(forwarded_present, exchanges) == says

"""Each entry is an address."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.xff.xff007_forwarded_is_address import forwarded_is_address
from tests.core.checks.calls import call, redacted, said

CASES = [
    pytest.param(call(), [], id="it is"),
    pytest.param(call(x_forwarded_for="unknown"), ["an entry that is no address"], id="unknown"),
    pytest.param(call(x_forwarded_for="93.184.216.34.1"), ["an entry that is no address"], id="a number too many"),
    pytest.param(call(x_forwarded_for="93.184.216.256"), ["an entry that is no address"], id="beyond 255"),
    pytest.param(
        redacted(call(x_forwarded_for="tv.example")), ["not judged: redacted"], id="a placeholder of redaction"
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_xff007_forwarded_is_address(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(forwarded_is_address, exchanges) == says

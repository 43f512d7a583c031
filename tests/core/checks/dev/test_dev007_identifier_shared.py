"""An identifier comes from three addresses an hour at the most."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.dev.dev007_identifier_shared import identifier_shared
from tests.core.checks.calls import AT, call, fingerprint, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param([call(at=AT + n, x_forwarded_for=f"93.184.216.{n}") for n in range(3)], [], id="three"),
    pytest.param(
        [call(at=AT + n, x_forwarded_for=f"93.184.216.{n}") for n in range(4)],
        ["one identifier from 4 addresses within an hour"],
        id="four",
    ),
    pytest.param(
        [call(at=AT + n, x_forwarded_for=f"93.184.216.{n}") for n in range(5)], [], id="the fifth is not said again"
    ),
    pytest.param(
        [call(at=AT + 1201 * n, x_forwarded_for=f"93.184.216.{n}") for n in range(4)],
        [],
        id="four in more than an hour",
    ),
    pytest.param(
        [
            call(at=AT + n, x_forwarded_for=f"93.184.216.{n}", ap_device_identifier=fingerprint(f"device {n}"))
            for n in range(4)
        ],
        [],
        id="four devices",
    ),
    pytest.param(call(at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_dev007_identifier_shared(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(identifier_shared, exchanges) == says

"""v1 ends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.v1.v1001_v1_end import v1_end
from tests.core.checks.calls import call, old, said, severities

CASES = [
    pytest.param(call(), [], id="v2"),
    pytest.param(old(), ["REST API v1"], id="v1"),
    pytest.param(old("/reggie/v1/REF30/regcode", "POST"), ["REST API v1"], id="reggie"),
    pytest.param(old("/api/v1/whatever", "GET"), ["REST API v1"], id="any path of v1"),
    pytest.param(old(at=1_796_000_000.0), ["REST API v1, which has no support any more"], id="in 2026"),
    pytest.param(old(at=1_798_761_600.0), ["REST API v1, after its announced end"], id="in 2027"),
    pytest.param(old(at=None), ["REST API v1"], id="without a date"),
    pytest.param(call("/api/v3/x"), [], id="v3"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_v1001_v1_end(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(v1_end, exchanges) == says


@pytest.mark.parametrize(
    ("exchanges", "severity"),
    [
        (old(), "info"),
        (old(at=1_796_000_000.0), "info"),
        (old(at=1_800_000_000.0), "warning"),
    ],
)
def test_v1001_is_as_bad_as_it_is(exchanges: Judged | Sequence[Judged], severity: str) -> None:
    assert severities(v1_end, exchanges) == [severity]

"""A segment is encoded once at most."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.route.route009_path_double_encoded import path_double_encoded
from tests.core.checks.calls import LOGOUT, call, said

CASES = [
    pytest.param(call(), [], id="not at all"),
    pytest.param(call(LOGOUT.replace("Cablevision", "a%20b")), [], id="once"),
    pytest.param(
        call(LOGOUT.replace("Cablevision", "a%2520b")), ["percent-encoding inside percent-encoding"], id="twice"
    ),
    pytest.param(call(LOGOUT.replace("Cablevision", "100%25")), [], id="a percent sign"),
    pytest.param(call(LOGOUT + "%2520"), [], id="in the query, of which URL003 speaks"),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_route009_path_double_encoded(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(path_double_encoded, exchanges) == says

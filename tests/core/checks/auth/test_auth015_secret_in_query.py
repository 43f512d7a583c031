"""A token request has its credentials in its body."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth015_secret_in_query import secret_in_query
from tests.core.checks.calls import call, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call("/o/client/token", "POST", body=b"client_secret=x"), [], id="in the form"),
    pytest.param(call("/o/client/token?client_secret=x", "POST"), ["a value"], id="in the query"),
    pytest.param(call("/o/client/token?client_secret=x&client_id=y", "POST"), ["a value", "a value"], id="two"),
    pytest.param(call("/o/client/register?software_statement=x", "POST"), ["a value"], id="a software statement"),
    pytest.param(call("/o/client/token?client_secret=", "POST"), [], id="an empty one"),
    pytest.param(call("/api/v2/REF30/profiles?client_secret=x"), [], id="elsewhere, of which ROUTE005 speaks"),
]


@for_each(("exchanges", "says"), CASES)
def test_auth015_secret_in_query(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(secret_in_query, exchanges) == says

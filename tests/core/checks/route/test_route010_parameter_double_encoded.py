"""A parameter is encoded once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.route.route010_parameter_double_encoded import parameter_double_encoded
from tests.core.checks.calls import LOGOUT, PROFILES, V1_LOGOUT, call, old, said
from tests.harness.for_each import for_each

TWICE = ["percent-encoding inside percent-encoding"]
CASES = [
    pytest.param(call(), [], id="once"),
    pytest.param(call(PROFILES + "?x=a%20b&y=100%25&z=%25zz"), [], id="once, and percent signs"),
    pytest.param(call(PROFILES + "?x=a%2520b"), TWICE, id="twice"),
    pytest.param(call(PROFILES + "?u=https%253A%252F%252Fexample.com"), TWICE, id="a URL twice"),
    pytest.param(call(PROFILES + "?u=https%3A%2F%2Fexample.com%2F%3Fn%3Da%2520b"), [], id="a URL inside a URL"),
    pytest.param(call(PROFILES + "?u=https://example.com/?n=a%2520b"), [], id="a URL that was not encoded"),
    pytest.param(call(LOGOUT.replace("%3A", "%253A").replace("%2F", "%252F")), [], id="of redirectUrl speaks URL003"),
    pytest.param(old(V1_LOGOUT + "%2541"), TWICE, id="v1's device"),
    pytest.param(old(V1_LOGOUT + "&device_info=abc%253D"), [], id="v1's device_info"),
    pytest.param(
        old("/api/v1/logout", "POST", body=b"redirect_url=https%253A%252F%252Fexample.com"), TWICE, id="in a form"
    ),
    pytest.param(call("/other?x=a%2520b"), [], id="no route of the API"),
]


@for_each(("exchanges", "says"), CASES)
def test_route010_parameter_double_encoded(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(parameter_double_encoded, exchanges) == says

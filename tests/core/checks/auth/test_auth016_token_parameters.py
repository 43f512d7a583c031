"""A token request names the client, its secret and the grant."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth016_token_parameters import token_parameters
from tests.core.checks.calls import call, said, unread
from tests.harness.for_each import for_each

TOKEN = "/o/client/token"  # a path
GOOD = b"client_id=x&client_secret=y&grant_type=client_credentials"
CASES = [
    pytest.param(call(TOKEN, "POST", body=GOOD), [], id="it does"),
    pytest.param(
        call(TOKEN, "POST", body=b"client_id=x&client_secret=y&grant_type=refresh_token"),
        ['"refresh_token"'],
        id="another grant",
    ),
    pytest.param(call(TOKEN, "POST", body=b"client_id=x&client_secret=y"), ["no value"], id="no grant"),
    pytest.param(call(TOKEN, "POST"), ["no value"] * 3, id="nothing"),
    pytest.param(call(f"{TOKEN}?{GOOD.decode()}", "POST"), [], id="in the query, of which AUTH015 speaks"),
    pytest.param(unread(call(TOKEN, "POST")), [], id="a form that was not read"),
    pytest.param(call("/o/client/register", "POST"), [], id="a registration"),
    pytest.param(call(TOKEN, "GET"), [], id="another method, of which ROUTE001 speaks"),
]


@for_each(("exchanges", "says"), CASES)
def test_auth016_token_parameters(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(token_parameters, exchanges) == says

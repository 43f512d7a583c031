"""A token that was answered 401 is not sent again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth012_token_refused_again import token_refused_again
from tests.core.checks.calls import AT, answer, bearer, call, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param([call(answer=answer({})), call()], [], id="it was taken"),
    pytest.param(
        [call(answer=answer(status=401)), call(at=AT + 5)],
        ["the token that was answered 401 5 s before"],
        id="the same one again",
    ),
    pytest.param([call(answer=answer(status=401)), call(authorization=bearer(jti="new"))], [], id="a new one"),
    pytest.param(
        [call(answer=answer(status=401)), call("/api/v2/REF40/profiles")], [], id="for another service provider"
    ),
    pytest.param([call(answer=answer(status=401)), call(answer=answer({})), call()], [], id="it was taken in the end"),
    pytest.param([call(answer=answer(status=403)), call()], [], id="another error"),
    pytest.param(call(at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_auth012_token_refused_again(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(token_refused_again, exchanges) == says

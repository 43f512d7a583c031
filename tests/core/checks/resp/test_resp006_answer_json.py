"""What should be JSON is."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp006_answer_json import answer_json
from tests.core.checks.calls import answer, call, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(answer=answer({})), [], id="it is"),
    pytest.param(
        call(answer=answer(b'{"logouts": {"a": 1,}}')),
        ["JSON that breaks off at line 1, column 21: expecting property name enclosed in double quotes"],
        id="a comma too many",
    ),
    pytest.param(
        call(answer=answer(b'{"logouts"')),
        ["JSON that breaks off at line 1, column 11: expecting ':' delimiter"],
        id="cut off",
    ),
    pytest.param(call(answer=answer(b"")), [], id="nothing"),
    pytest.param(call(answer=answer(gzip.compress(b'{"logouts": {}}'), Content_Encoding="gzip")), [], id="compressed"),
    pytest.param(call(answer=answer(b"x", Content_Encoding="gzip")), [], id="damaged compression"),
    pytest.param(old(answer=answer(b"<error/>", 400, "application/xml")), [], id="v1's XML"),
]


@for_each(("exchanges", "says"), CASES)
def test_resp006_answer_json(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_json, exchanges) == says

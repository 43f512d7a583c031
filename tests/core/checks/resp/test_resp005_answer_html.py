"""The API answers JSON."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.resp.resp005_answer_html import answer_html
from tests.core.checks.calls import answer, call, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(answer=answer({})), [], id="JSON"),
    pytest.param(call(answer=answer(b"<html></html>", 502, "text/html")), ["HTML with status 502"], id="a page"),
    pytest.param(
        call(answer=answer(b"\n<!DOCTYPE html><p>", 200)), ["HTML with status 200"], id="a page that says it is JSON"
    ),
    pytest.param(call(answer=answer(b"<html>", 429, "text/html")), [], id="a 429, of which THR001 speaks"),
    pytest.param(
        call("/api/v2/authenticate/REF30/ABC", answer=answer(b"<html>", 200, "text/html")),
        [],
        id="a browser's own route",
    ),
    pytest.param(call("/health", answer=answer(b"<html>", 200, "text/html")), [], id="no route"),
]


@for_each(("exchanges", "says"), CASES)
def test_resp005_answer_html(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(answer_html, exchanges) == says

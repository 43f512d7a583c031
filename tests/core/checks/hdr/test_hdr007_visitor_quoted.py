"""An ECID has no quotes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr007_visitor_quoted import visitor_quoted
from tests.core.checks.calls import call, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="none"),
    pytest.param(call(ap_visitor_identifier="20265673158980419722735089753036633573"), [], id="bare"),
    pytest.param(
        call(ap_visitor_identifier='"20265673158980419722735089753036633573"'),
        ["38 characters of letters and digits in quotes"],
        id="quoted",
    ),
    pytest.param(
        call(ap_visitor_identifier="2026567315898 0419722735089753036633573"),
        ["39 characters of ASCII"],
        id="two words",
    ),
    pytest.param(
        redacted(call(ap_visitor_identifier='"20265673158980419722735089753036633573"')),
        ["38 characters of letters and digits in quotes"],
        id="quoted, redacted",
    ),
    pytest.param(
        redacted(call(ap_visitor_identifier="2026567315898 0419722735089753036633573")),
        ["not judged: redacted"],
        id="two words, redacted",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_hdr007_visitor_quoted(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(visitor_quoted, exchanges) == says

"""A visitor's id has 38 digits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr014_visitor_digits import visitor_digits
from tests.core.checks.calls import call, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="none"),
    pytest.param(call(ap_visitor_identifier="20265673158980419722735089753036633573"), [], id="38 digits"),
    pytest.param(
        call(ap_visitor_identifier="2026567315898041972273508975303663357"),
        ["37 characters of letters and digits"],
        id="one digit less",
    ),
    pytest.param(
        call(ap_visitor_identifier="ba23d141-d715-561c-94f4-e9e4c966b1eb"),
        ["36 characters of URL-safe Base64"],
        id="a UUID",
    ),
    pytest.param(call(ap_visitor_identifier='"2026"'), [], id="in quotes, of which HDR007 speaks"),
    pytest.param(
        redacted(call(ap_visitor_identifier="20265673158980419722735089753036633573")), [], id="38 digits, redacted"
    ),
    pytest.param(
        redacted(call(ap_visitor_identifier="ba23d141-d715-561c-94f4-e9e4c966b1eb")),
        ["not judged: redacted"],
        id="a UUID, redacted",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_hdr014_visitor_digits(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(visitor_digits, exchanges) == says

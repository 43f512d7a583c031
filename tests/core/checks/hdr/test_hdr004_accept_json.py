"""Accept asks for JSON."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr004_accept_json import accept_json
from tests.core.checks.calls import call, old, said, severities
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="JSON"),
    pytest.param(call(accept="application/json;charset=utf-8"), [], id="with charset"),
    pytest.param(call(accept="application/json; Charset=UTF-8"), [], id="with charset, spaced and in capitals"),
    pytest.param(call(accept="application/json;charset=latin1"), ["application/json and more"], id="another charset"),
    pytest.param(call(accept="*/*"), ["*/*"], id="anything"),
    pytest.param(call(accept="application/json, text/plain"), ["application/json and more"], id="a list"),
    pytest.param(call(accept="application/json;q=0.9"), ["application/json and more"], id="with a weight"),
    pytest.param(call(accept="application/xml"), ["application/xml"], id="XML"),
    pytest.param(call(accept="text/html, application/json;q=0"), ["text/html and more"], id="anything but JSON"),
    pytest.param(call(accept=None), [], id="none"),
    pytest.param(call("/api/v2/authenticate/REF30/ABC", accept="text/html"), [], id="a browser's own route"),
    pytest.param(old(accept="application/xml"), [], id="v1"),
]


@for_each(("exchanges", "says"), CASES)
def test_hdr004_accept_json(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(accept_json, exchanges) == says


@pytest.mark.parametrize(
    ("exchanges", "severity"),
    [
        (call(accept="*/*"), "info"),
        (call(accept="application/json, text/plain, */*"), "info"),
        (call(accept="text/html, application/json"), "info"),
        (call(accept="application/xml"), "warning"),
        (call(accept="text/html, application/json;q=0"), "warning"),
    ],
)
def test_hdr004_is_as_bad_as_it_is(exchanges: Judged | Sequence[Judged], severity: str) -> None:
    assert severities(accept_json, exchanges) == [severity]

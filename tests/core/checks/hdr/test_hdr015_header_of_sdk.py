"""v2 has no headers of Adobe's SDKs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr015_header_of_sdk import header_of_sdk
from tests.core.checks.calls import call, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="none"),
    pytest.param(call(more=[("ap_21", "x")]), ["a value"], id="the SDK's device"),
    pytest.param(
        call(more=[("ap_42", "x"), ("pass_sfp", "y"), ("AP-SDK-Identifier", "z")]), ["a value"] * 3, id="three"
    ),
    pytest.param(call(more=[("AP-Session-Identifier", "x")]), ["a value"], id="the SDK's session"),
    pytest.param(old(more=[("ap_21", "x")]), [], id="v1"),
    pytest.param(call("/health", more=[("ap_21", "x")]), [], id="elsewhere"),
]


@for_each(("exchanges", "says"), CASES)
def test_hdr015_header_of_sdk(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(header_of_sdk, exchanges) == says

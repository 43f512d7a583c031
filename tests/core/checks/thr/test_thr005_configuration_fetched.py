"""The configuration is kept for two minutes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.thr.thr005_configuration_fetched import configuration_fetched
from tests.core.checks.calls import AT, call, fingerprint, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call("/api/v2/REF30/configuration"), [], id="once"),
    pytest.param(
        [call("/api/v2/REF30/configuration", at=AT), call("/api/v2/REF30/configuration", at=AT + 119)],
        ["fetched again after 119 s"],
        id="too soon",
    ),
    pytest.param(
        [call("/api/v2/REF30/configuration", at=AT), call("/api/v2/REF30/configuration", at=AT + 120)],
        [],
        id="two minutes later",
    ),
    pytest.param(
        [
            call("/api/v2/REF30/configuration", at=AT),
            call("/api/v2/REF30/configuration", at=AT + 1, ap_device_identifier=fingerprint("another")),
        ],
        [],
        id="another device",
    ),
    pytest.param(
        [call("/api/v2/REF30/configuration", at=AT), call("/api/v2/OTHER/configuration", at=AT + 1)],
        [],
        id="another service provider",
    ),
    pytest.param(call("/api/v2/REF30/configuration", at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_thr005_configuration_fetched(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(configuration_fetched, exchanges) == says

"""v2 has no percent-encoding around it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info007_info_percent_encoded import info_percent_encoded
from tests.core.checks.calls import b64, call, info, old, redacted, said

CASES = [
    pytest.param(call(), [], id="plain"),
    pytest.param(
        call(x_device_info=b64('{"a": 1}').replace("=", "%3D")),
        ["Base64 with percent-encoding around it"],
        id="as v1 had it",
    ),
    pytest.param(old(), [], id="on v1"),
    pytest.param(
        redacted(
            call(x_device_info=info(connectionPort=40000, model="TV 5").replace("=", "%3D").replace("A", "%41", 1))
        ),
        ["Base64 with percent-encoding around it"],
        id="redacted",
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_info007_info_percent_encoded(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_percent_encoded, exchanges) == says

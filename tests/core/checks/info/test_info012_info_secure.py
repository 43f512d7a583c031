"""connectionSecure is true or false."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.info.info012_info_secure import info_secure
from tests.core.checks.calls import call, info, said, severities
from tests.harness.for_each import for_each

CASES = [
    pytest.param(call(), [], id="absent"),
    pytest.param(call(x_device_info=info(connectionSecure=True)), [], id="true"),
    pytest.param(call(x_device_info=info(connectionSecure=False)), [], id="false"),
    pytest.param(call(x_device_info=info(connectionSecure="true")), ['the text "true"'], id="a text of it"),
    pytest.param(
        call(x_device_info=info(connectionSecure="yes")), ["a text that is neither true nor false"], id="another text"
    ),
    pytest.param(
        call(x_device_info=info(connectionSecure=1)), ["a number that is neither true nor false"], id="a number"
    ),
    pytest.param(
        call(x_device_info=info(connectionSecure=[True])),
        ["a list or an object that is neither true nor false"],
        id="a list",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_info012_info_secure(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(info_secure, exchanges) == says


@pytest.mark.parametrize(
    ("exchanges", "severity"),
    [
        (call(x_device_info=info(connectionSecure="false")), "info"),
        (call(x_device_info=info(connectionSecure="no")), "warning"),
    ],
)
def test_it_is_as_bad_as_it_is(exchanges: Judged | Sequence[Judged], severity: str) -> None:
    assert severities(info_secure, exchanges) == [severity]

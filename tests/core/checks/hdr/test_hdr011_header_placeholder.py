"""Each header was filled in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.hdr.hdr011_header_placeholder import header_placeholder
from tests.core.checks.calls import call, said

CASES = [
    pytest.param(call(), [], id="it was"),
    pytest.param(call(authorization="Bearer <access_token>"), ["an unexpanded placeholder"], id="a token's"),
    pytest.param(call(authorization="Bearer undefined"), ["undefined"], id="a variable of JavaScript's"),
    pytest.param(call(authorization="undefined"), [], id="a variable without Bearer, of which AUTH002 speaks"),
    pytest.param(call(ad_service_token="null"), [], id="nothing as a service token, of which SSO005 speaks"),
    pytest.param(call(adobe_subject_token="${subjectToken}"), ["an unexpanded placeholder"], id="a variable's"),
    pytest.param(call(ap_device_identifier="<base64_device_id>"), [], id="the device's, of which DEV005 speaks"),
    pytest.param(call(x_device_info='{"model":"4800X","osName":"Roku OS"}'), [], id="short JSON"),
    pytest.param(call(ap_temppass_identity='{"id":"a"}'), [], id="JSON of another header"),
    pytest.param(call(x_device_info="{deviceInfo}"), ["an unexpanded placeholder"], id="in braces"),
    pytest.param(
        call(x_device_info='{"model": "${model} and a description that is longer than a name is"}'), [], id="JSON"
    ),
]


@pytest.mark.parametrize(("exchanges", "says"), CASES)
def test_hdr011_header_placeholder(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(header_placeholder, exchanges) == says

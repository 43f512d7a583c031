"""A token is fetched with the credentials that there are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth014_registered_again import registered_again
from tests.core.checks.calls import AT, bearer, call, said
from tests.harness.for_each import for_each

REGISTER = "/o/client/register"
CASES = [
    pytest.param([call(), call(at=AT + 99_000, authorization=bearer(iat=1))], [], id="the same client"),
    pytest.param(
        [call(authorization=bearer(exp=AT + 60)), call(at=AT + 90, authorization=bearer(sub="another"))],
        ["another client, after the previous client's token has ended"],
        id="another client when the token ends",
    ),
    pytest.param(
        [call(authorization=bearer(exp=AT + 9000)), call(at=AT + 90, authorization=bearer(sub="another"))],
        [],
        id="another client before, of which AUTH008 speaks",
    ),
    pytest.param(
        [call(authorization=bearer(exp=None)), call(at=AT + 90, authorization=bearer(sub="another"))],
        [],
        id="a token that does not say when it ends",
    ),
    pytest.param(
        [
            call(authorization=bearer(exp=AT + 60)),
            call(at=AT + 30, authorization=bearer(exp=AT + 9000)),
            call(at=AT + 90, authorization=bearer(sub="another")),
        ],
        [],
        id="another client before the newest token ends",
    ),
    pytest.param(
        [
            call(authorization=bearer(exp=AT + 9000)),
            call(at=AT + 30, authorization=bearer(exp=AT + 60)),
            call(at=AT + 50, authorization=bearer(exp=AT + 60)),
            call(at=AT + 90, authorization=bearer(sub="another")),
        ],
        ["another client, after the previous client's token has ended"],
        id="another client when the newest token ends, which came twice",
    ),
    pytest.param([call(REGISTER, "POST")], [], id="a registration"),
    pytest.param(
        [call(REGISTER, "POST"), call(REGISTER, "POST", at=AT + 20_000)],
        ["the second registration of this device"],
        id="another one of the device",
    ),
    pytest.param([call(REGISTER, "POST", ap_device_identifier=None)] * 3, [], id="registrations that name no device"),
    pytest.param(call(at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_auth014_registered_again(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(registered_again, exchanges) == says

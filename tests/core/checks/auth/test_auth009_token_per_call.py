"""A device uses three tokens an hour at the most."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth009_token_per_call import token_per_call
from tests.core.checks.calls import AT, bearer, call, fingerprint, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param([call(at=AT + n) for n in range(9)], [], id="one token"),
    pytest.param([call(at=AT + n, authorization=bearer(iat=n)) for n in range(3)], [], id="three"),
    pytest.param(
        [call(at=AT + n, authorization=bearer(iat=n)) for n in range(4)],
        ["4 different tokens of one device within an hour"],
        id="four",
    ),
    pytest.param(
        [call(at=AT + n, authorization=bearer(iat=n)) for n in range(5)], [], id="the fifth is not said again"
    ),
    pytest.param(
        [call(at=AT + 1201 * n, authorization=bearer(iat=n)) for n in range(4)], [], id="four in more than an hour"
    ),
    pytest.param(
        [call(at=AT + n, authorization=bearer(iat=n, sub=f"client {n}")) for n in range(4)],
        [],
        id="four of four clients",
    ),
    pytest.param(
        [call(at=AT + n, authorization=f"Bearer opaque{n}") for n in range(4)],
        ["4 different tokens of one device within an hour"],
        id="four opaque ones of a device",
    ),
    pytest.param(
        [
            call(at=AT + n, authorization=bearer(iat=n), ap_device_identifier=fingerprint(f"roku {n % 5}"))
            for n in range(15)
        ],
        [],
        id="five Rokus with the credentials of the build",
    ),
    pytest.param(
        [call(at=AT + n, authorization=bearer(iat=n), ap_device_identifier=None) for n in range(9)],
        [],
        id="calls that name no device",
    ),
    pytest.param(call(at=None), ["not judged: no date"], id="no date"),
]


@for_each(("exchanges", "says"), CASES)
def test_auth009_token_per_call(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(token_per_call, exchanges) == says

"""A device keeps its client for each service provider and version."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth008_client_identity_changes import client_identity_changes
from tests.core.checks.calls import bearer, call, fingerprint, old, redacted, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param([call()], [], id="first"),
    pytest.param([call(), call()], [], id="again"),
    pytest.param(
        [call(), call(authorization=bearer(sub="5a7d2f90-1111-4222-8333-abcdefabcdef"))],
        ["JWT exp 2033-05-18T03:33:20Z sub 5a7d…, client number 2 of this device"],
        id="another client",
    ),
    pytest.param(
        [call(), call(authorization=bearer(sub="5a7d2f90-1111-4222-8333-abcdefabcdef")), call()], [], id="and back"
    ),
    pytest.param(
        [call(), call(authorization=bearer(sub="other-client"), ap_device_identifier=fingerprint("another device"))],
        [],
        id="another device",
    ),
    pytest.param(
        [call(), call("/api/v2/OTHER/profiles", authorization=bearer(sub="other-client"))],
        [],
        id="another service provider",
    ),
    pytest.param([call(), old(authorization=bearer(sub="other-client"))], [], id="on v1"),
    pytest.param(
        [call(at=None), call(at=None, authorization=bearer(sub="other-client"))],
        ["JWT exp 2033-05-18T03:33:20Z sub othe…, client number 2 of this device"],
        id="without dates too",
    ),
    pytest.param(
        [redacted(call()), redacted(call(authorization=bearer(sub="5a7d2f90-1111-4222-8333-abcdefabcdef")))],
        ["JWT exp 2033-05-18T03:33:20Z sub 07a9…, client number 2 of this device"],
        id="redacted",
    ),
    pytest.param(
        [
            *[call(authorization=bearer(sub=f"client {n}")) for n in range(4)],
            call(authorization=bearer(sub="client 5")),
        ],
        [],
        id="the fifth",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_auth008_client_identity_changes(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(client_identity_changes, exchanges) == says

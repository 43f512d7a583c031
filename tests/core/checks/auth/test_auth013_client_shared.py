"""Each installation has a client of its own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.auth.auth013_client_shared import client_shared
from tests.core.checks.calls import bearer, call, fingerprint, old, said
from tests.harness.for_each import for_each

CASES = [
    pytest.param([call(ap_device_identifier=fingerprint(f"tv {n}")) for n in range(3)], [], id="three devices"),
    pytest.param(
        [call(ap_device_identifier=fingerprint(f"tv {n}")) for n in range(4)],
        ["the client of 4 devices and more"],
        id="four",
    ),
    pytest.param([call(ap_device_identifier=fingerprint(f"tv {n}")) for n in range(5)], [], id="it is said once"),
    pytest.param(
        [call(ap_device_identifier=fingerprint(f"tv {n}"), authorization=bearer(sub=f"{n}")) for n in range(9)],
        [],
        id="each with its own",
    ),
    pytest.param([call(ap_device_identifier=fingerprint(f"tv {n % 2}")) for n in range(9)], [], id="two in turn"),
    pytest.param(
        [call(ap_device_identifier=fingerprint(f"tv {n}"), authorization=f"Bearer {n}") for n in range(9)],
        [],
        id="tokens that name no client",
    ),
    pytest.param(
        [call(ap_device_identifier=fingerprint(f"tv {n}"), authorization="Bearer opaque") for n in range(4)],
        ["the client of 4 devices and more"],
        id="one token that names no client",
    ),
    pytest.param(
        [old(f"/api/v1/logout?requestor=REF30&deviceId={n}") for n in range(4)],
        ["the client of 4 devices and more"],
        id="of v1",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_auth013_client_shared(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(client_shared, exchanges) == says

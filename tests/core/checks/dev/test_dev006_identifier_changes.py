"""A device, known by client, address and User-Agent, keeps its identifier."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.audit import Judged
from gateway.core.checks.dev.dev006_identifier_changes import identifier_changes
from tests.core.checks.calls import PROFILES, bearer, call, fingerprint, info, redacted, said, severities
from tests.harness.for_each import for_each

CASES = [
    pytest.param([call(PROFILES), call()], [], id="the same"),
    pytest.param(
        [call(PROFILES), call(ap_device_identifier=fingerprint("another"))],
        ["fingerprint <base64 of 7 bytes>, not the identifier that came with this token before"],
        id="another at logout",
    ),
    pytest.param([call(PROFILES), call(ap_device_identifier=fingerprint("another")), call()], [], id="and back"),
    pytest.param(
        [call(PROFILES), call(ap_device_identifier=fingerprint("another"), x_forwarded_for="93.184.216.35")],
        [],
        id="from another address",
    ),
    pytest.param(
        [call(PROFILES), call(ap_device_identifier=fingerprint("another"), x_device_info=info(model="TV 6"))],
        [],
        id="of another model",
    ),
    pytest.param(
        [call(PROFILES), call(ap_device_identifier=fingerprint("another"), authorization=bearer(sub="another"))],
        [],
        id="of another client",
    ),
    pytest.param(
        [call(PROFILES), call(ap_device_identifier=fingerprint("another"), authorization=bearer(jti="another"))],
        [],
        id="of another token: another television with the credentials of the build",
    ),
    pytest.param(
        [call(PROFILES), *[call(ap_device_identifier=fingerprint("another"), authorization=bearer(jti="b"))] * 11],
        ["fingerprint <base64 of 7 bytes>, and the previous identifier has not come again"],
        id="of another token, and the old one is gone",
    ),
    pytest.param(
        [
            call(PROFILES),
            call(PROFILES, authorization=bearer(jti="b")),
            call(ap_device_identifier=fingerprint("another"), authorization=bearer(jti="b")),
        ],
        ["fingerprint <base64 of 7 bytes>, not the identifier that came with this token before"],
        id="the token was fetched anew in between",
    ),
    pytest.param(
        [call(ap_device_identifier=fingerprint(f"device {n}")) for n in range(3)], [], id="the third: a fleet"
    ),
    pytest.param(
        [call(ap_device_identifier=fingerprint(f"device {n % 2}")) for n in range(20)],
        [],
        id="two in turn: two devices",
    ),
    pytest.param(
        [call(PROFILES), *[call(ap_device_identifier=fingerprint("another"))] * 10],
        [],
        id="the new one, nine times more",
    ),
    pytest.param(
        [call(PROFILES), *[call(ap_device_identifier=fingerprint("another"))] * 11],
        ["fingerprint <base64 of 7 bytes>, and the previous identifier has not come again"],
        id="the new one, ten times more",
    ),
    pytest.param([call(PROFILES), *[call(ap_device_identifier=fingerprint("another"))] * 12], [], id="it is said once"),
    pytest.param(
        [
            call(PROFILES, authorization=bearer(jti=f"{n % 5}"), ap_device_identifier=fingerprint(f"roku {n % 5}"))
            for n in range(60)
        ],
        [],
        id="five Rokus with the credentials of the build",
    ),
    pytest.param(
        [
            redacted(call(PROFILES, at=None)),
            redacted(call(at=None, ap_device_identifier=fingerprint("another device"))),
        ],
        ["fingerprint <base64 of 14 bytes>, not the identifier that came with this token before"],
        id="redacted, without dates",
    ),
]


@for_each(("exchanges", "says"), CASES)
def test_dev006_identifier_changes(exchanges: Judged | Sequence[Judged], says: list[str]) -> None:
    assert said(identifier_changes, exchanges) == says


@pytest.mark.parametrize(
    ("exchanges", "severity"),
    [
        ([call(PROFILES), call(ap_device_identifier=fingerprint("another"))], "warning"),
        ([call(PROFILES), *[call(ap_device_identifier=fingerprint("another"))] * 11], "error"),
        (
            [call(PROFILES), *[call(ap_device_identifier=fingerprint("another"), authorization=bearer(jti="b"))] * 11],
            "warning",
        ),
    ],
)
def test_dev006_is_as_bad_as_it_is(exchanges: Judged | Sequence[Judged], severity: str) -> None:
    assert severities(identifier_changes, exchanges) == [severity]

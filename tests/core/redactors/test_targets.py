"""The request target."""

from __future__ import annotations

from gateway.core.model import Request
from gateway.core.redactors import NOTHING
from gateway.core.redactors.targets import redact_target
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Scrub
from tests.harness.for_each import for_each
from tests.planting import KEY, untailed


@for_each(
    ("target", "expected"),
    [
        ("/api/v1/logout?requestor=REF30&deviceId=abc&format=json", "/api/v1/logout?requestor=REF30&deviceId=REDACTED-DEVICE&format=json"),
        ("/api/v2/REF30/sessions/8BLW4RW", "/api/v2/REF30/sessions/REDACTED-CODE"),
        ("/api/v2/REF30/logout/${degradedMvpd}?redirectUrl=https%3A%2F%2Fadobe.com", None),
        ("/K\xc3\xbcche?x=\xff", None),
        ("/x?ast=\xff\xfe", "/x?ast=REDACTED-TOKEN"),
        ("*", None),
    ],
)  # fmt: skip
def test_what_is_secret_changes_and_the_rest_keeps_its_bytes(target: str, expected: str | None) -> None:
    request, response = redact_target(Request("GET", target), NOTHING, Scrub(Pseudonyms(KEY), Policy()))
    assert untailed(request.target) == (expected or target)
    assert response is NOTHING

"""Whatever looks at secrets goes through one list: what is compared, what has drifted and what is removed are the same."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from gateway.core.drift import drifts
from gateway.core.expression import Expression
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import Policy
from tests.harness.for_each import for_each

POLICY = Policy(patterns=((Expression("acct-[0-9]+"), "user"),))
REDACTION = Redaction(b"k" * 32, POLICY)
DEVICE = "abcdefghijklmnop"
ODD = "my secret/device=12+345"
REPEATED = base64.b64encode(DEVICE.encode()).decode()


@for_each(
    "request_",
    [
        pytest.param(Request("GET", "/x", body=b'{"a":"acct-123456789012"}'), id="a pattern in a body"),
        pytest.param(Request("GET", "/x", body=b'{"a":"acct-1"}'), id="a short one"),
        pytest.param(Request("GET", "/x", Headers.of({"X-A": "acct-123456789012"})), id="a pattern in a field"),
        pytest.param(Request("POST", "/x", body=b'{"deviceId":"%s","note":"%s failed"}' % ((DEVICE.encode(),) * 2)), id="repeated in a body"),
        pytest.param(Request("POST", f"/x?deviceId={DEVICE}", Headers.of({"X-A": f"of {REPEATED}"})), id="repeated in Base64 in a field"),
        pytest.param(Request("GET", f"/x?deviceId={quote(ODD, '')}&b=a{quote(quote(ODD, ''), '')}"), id="repeated twice encoded in a target"),
    ],
)  # fmt: skip
def test_a_request_is_compared_as_what_was_recorded_of_it(request_: Request) -> None:
    recorded = REDACTION.redacted(request_)[0]
    assert recorded != request_
    assert REDACTION.compared(request_, whole=True) == REDACTION.compared(recorded, whole=True)
    other = Request("GET", "/y", Headers.of({"X-A": "another"}), b'{"a":"another"}')
    assert REDACTION.compared(other, whole=True) != REDACTION.compared(recorded, whole=True)


@pytest.mark.parametrize(
    "body", [b'{"a":"acct-123456789012"}', b'{"deviceId":"%s","a":"%s failed"}' % ((DEVICE.encode(),) * 2)]
)
def test_an_answer_that_is_the_same_has_not_drifted_under_another_key(body: bytes) -> None:
    answer = Response(200, "OK", Headers.of({"Content-Type": "application/json"}), body)
    recorded, live = (Redaction(key * 32, POLICY).redacted(Request("GET", "/"), answer)[1] for key in (b"a", b"b"))
    assert recorded != live
    assert drifts(recorded, live, POLICY) == ()

"""Expressions of a configuration."""

from __future__ import annotations

from gateway.core.expression import Expression
from gateway.core.model import Headers, Request, Response
from gateway.core.redactors.patterns import redact_patterns
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Scrub
from tests.planting import KEY

POLICY = Policy(patterns=((Expression("acct-[0-9]+"), "account"), (Expression("x*"), "nothing")))


def test_what_matches_is_secret_wherever_it_stands() -> None:
    headers = Headers.of({"X-A": "of acct-42"})
    request, response = redact_patterns(
        Request("GET", "/acct-42?a=acct-43", headers, b"acct-44 and acct-45"),
        Response(200, "acct-46", headers, b"\xffacct-47\xfe"),
        Scrub(Pseudonyms(KEY), POLICY),
    )
    stands = [Pseudonyms(KEY)("account", f"acct-{number}") for number in range(42, 48)]
    assert len(set(stands)) == 6
    assert request.target == f"/{stands[0]}?a={stands[1]}"
    assert request.headers["X-A"] == response.headers["X-A"] == f"of {stands[0]}"
    assert request.body == f"{stands[2]} and {stands[3]}".encode()
    assert response.reason == stands[4]
    assert response.body == b"\xff" + stands[5].encode() + b"\xfe"


def test_without_expressions_nothing_is_looked_at() -> None:
    leg = Request("GET", "/acct-42"), Response(200)
    assert redact_patterns(*leg, Scrub(Pseudonyms(KEY), Policy())) == leg

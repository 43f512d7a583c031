"""A common word alone is no reason."""

from __future__ import annotations

import json

from gateway.core.secrets.common import fits
from gateway.core.secrets.members import redact_json
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Scrub
from tests.harness.for_each import for_each
from tests.planting import KEY, untailed


def redacted(value: object) -> object:
    return json.loads(untailed(redact_json(json.dumps(value), Scrub(Pseudonyms(KEY), Policy()))))


@for_each(
    "value",
    [
        {"code": 20001}, {"code": "20001"}, {"currency": {"code": "USD"}}, {"zip": {"size": 12}}, {"zip": "archive.zip"}, {"zip": 12},
        {"errors": [{"message": "no", "extensions": {"code": "UNAUTHENTICATED"}}]}, {"code": "EXPIRED", "message": "x"}, {"code": "EXPIRED"},
        {"code": "PGRST116", "message": "x"}, {"code": "42P01", "severity": "ERROR"}, {"code": "de-DE"}, {"code": "console.log(1)"},
        {"code": "E40312", "text": "x"}, {"code": "E40312", "message": "x"}, {"code": "AUTH403"}, {"code": "HTTP404", "path": "/"}, {"code": "PROMO50", "off": 5},
        {"ast": 7, "reb": 10}, {"ast": "expr"}, {"email": "weekly"}, {"email": {"template": "welcome2"}}, {"url": "none"},
        {"token": {"notBefore": 1697094207324, "issuedAt": "1697094207324"}}, {"userId": 1}, {"client_id": {"required": True, "in": "query"}},
        {"errors": {"password": "too_short", "username": "taken"}}, {"errors": {"password": ["is too short (minimum is 8 characters)"]}},
        {"password": ["This field may not be blank."], "username": ["A user with that username already exists."]},
        {"labels": {"password": "Password", "username": "Your name"}}, {"violations": [{"password": "must not be blank"}]},
        {"properties": {"password": "The password of the account."}},
        {"email": "press@example.com"}, {"contactEmail": "Support@Example.com"},
        {"code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}},
    ],
)  # fmt: skip
def test_what_only_has_the_name_keeps_its_value(value: object) -> None:
    assert redacted(value) == value


@for_each(
    ("value", "expected"),
    [
        ({"code": "8BLW4RW"}, {"code": "REDACTED-CODE"}),
        ({"code": "TJJCFK", "requestor": "REF30"}, {"code": "REDACTED-CODE", "requestor": "REF30"}),
        ({"errors": {"password": "Hunter2-and-9"}}, {"errors": {"password": "REDACTED-PASSWORD"}}),
        ({"fields": {"password": "hunter"}}, {"fields": {"password": "REDACTED-PASSWORD"}}),
        ({"password": ["hunter two"]}, {"password": ["REDACTED-PASSWORD"]}),
        ({"code": "ABC123", "sessionId": ""}, {"code": "REDACTED-CODE", "sessionId": ""}),
        ({"zip": "94107"}, {"zip": "REDACTED-ZIP"}),
        ({"zip": {"value": ["94107", "94108-1234"]}}, {"zip": {"value": ["REDACTED-ZIP", "REDACTED-ZIP"]}}),
        ({"userID": {"value": "u1", "state": "plain"}}, {"userID": {"value": "REDACTED-USER", "state": "plain"}}),
        ({"name": "password", "value": "hunter2"}, {"name": "password", "value": "REDACTED-PASSWORD"}),
        ({"name": "page", "value": "2"}, {"name": "page", "value": "2"}),
    ],
)
def test_what_is_meant_by_it_does_not(value: object, expected: object) -> None:
    assert redacted(value) == expected


def test_a_parameter_says_more_than_a_member() -> None:
    assert fits("code", "SplxlOBeZQQYbYS6WxSbIA", in_url=True)
    assert not fits("code", "SplxlOBeZQQYbYS6WxSbIA")
    assert fits("ast", "1", in_url=True)
    assert fits("zip", "REDACTED-ZIP-1a2b3c")
    assert fits("anything else", "")

"""What a configuration adds to the lists, and what it takes from them."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from gateway.cassettes.format import dump
from gateway.config import RedactionSection as Settings
from gateway.config.reading import read_section
from gateway.config.to_core import policy_of
from gateway.core.expression import Expression
from gateway.core.model import Headers, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.secrets.policy import HEADERS, NAMES, Policy
from tests.legs import again
from tests.planting import KEY, b64, jwt, recorded, untailed

REQUEST = Request(
    "GET",
    "/partner/acct-123456789/x?sid=the-session-of-somebody&deviceId=kept-device-identifier",
    Headers.of({"X-Partner-Id": "partner-number-one", "AP-Visitor-Identifier": "a-visitor-that-is-kept"}),
)
PROFILE = {"attributes": {"email": "kept@lovelace.example", "alias": "ada-lovelace-1815", "account": "acct-42"}}
RESPONSE = Response(200, "OK", body=json.dumps({"profiles": {"Dish": PROFILE}, "alias": "ada"}).encode())
RULES = read_section(
    Settings,
    {
        "rules": [
            {"header": "X-PARTNER-ID", "as": "partner"},
            {"query": "SID", "as": "session"},
            {"json": "$.profiles.*.attributes.alias", "as": "user"},
            {"pattern": "acct-[0-9]+", "as": "account"},
        ],
        "keep": [
            {"header": "ap-visitor-identifier", "reason": "a test visitor"},
            {"query": "deviceId", "reason": "a test device"},
            {"json": "$..email", "reason": "a test address"},
        ],
    },
)


def test_without_rules_the_lists_are_the_policy() -> None:
    assert policy_of(Settings()) == Policy()
    assert policy_of(Settings()).number == "2"


def test_rules_add_and_exceptions_take_away() -> None:
    redaction = Redaction(KEY, policy_of(RULES))
    interaction = recorded(redaction, REQUEST, RESPONSE)
    text = dump(interaction).decode()
    for secret in ("partner-number-one", "the-session-of-somebody", "ada-lovelace-1815", "acct-123456789", "acct-42"):
        assert secret not in text
    for kept in ("a-visitor-that-is-kept", "kept-device-identifier", "kept@lovelace.example", '"alias": "ada"'):
        assert kept in text
    assert redaction.leaks(interaction) == []
    again = recorded(redaction, interaction.request, interaction.response)
    assert (again.request, again.response) == (interaction.request, interaction.response)


def test_a_live_request_matches_its_recording_whatever_the_rules_removed() -> None:
    redaction = Redaction(KEY, policy_of(RULES))
    interaction = recorded(redaction, REQUEST, RESPONSE)
    for whole in (False, True):
        live = redaction.compared(REQUEST, whole=whole)
        assert live.target == redaction.compared(interaction.request, whole=whole).target
    assert redaction.target(REQUEST.target) == interaction.request.target
    assert "acct" not in redaction.target("/partner/acct-5/x")


def test_policies_of_different_rules_have_different_numbers() -> None:
    one = policy_of(RULES)
    other = policy_of(replace(RULES, keep=()))
    assert len({Policy().number, one.number, other.number}) == 3
    interaction = recorded(Redaction(KEY, one), REQUEST, RESPONSE)
    assert Redaction(bytes(32), one).trusts(interaction)
    assert not Redaction(KEY, other).trusts(interaction)
    assert "kept-device-identifier" not in again(Redaction(KEY, other), interaction).request.target


def test_a_kept_token_is_kept_whatever_it_looks_like() -> None:
    settings = read_section(
        Settings,
        {
            "keep": [
                {"header": "Ad-Service-Token", "reason": "of a test"},
                {"query": "ast", "reason": "of a test"},
                {"json": "$.a[0].serializedToken", "reason": "of a test"},
            ]
        },
    )
    redaction = Redaction(KEY, policy_of(settings))
    token, other = jwt(sub="kept"), b64(bytes(range(60, 120)))
    body = json.dumps({"a": [{"serializedToken": other}, {"serializedToken": "not this one"}]})
    request = Request("GET", f"/x?ast={token}", Headers.of({"AD-Service-Token": token}))
    interaction = recorded(redaction, request, Response(200, body=body.encode()))
    assert (interaction.request.target, interaction.request.headers) == (request.target, request.headers)
    assert json.loads(interaction.response.body)["a"][0]["serializedToken"] == other  # type: ignore[arg-type]  # whole
    assert b"not this one" not in interaction.response.body  # type: ignore[operator]  # whole
    assert redaction.leaks(interaction) == []


def test_a_policy_may_be_made_without_a_configuration() -> None:
    policy = Policy(headers={**HEADERS, "x-a": "email"}, patterns=((Expression("(?i)küche-[a-z]+"), "room"),))
    request = Request("GET", "/x", Headers(((b"X-A", b"somebody"), (b"X-B", "in Küche-Berlin".encode()))))
    interaction = recorded(Redaction(KEY, policy), request, Response(200))
    values = [untailed(value.decode()) for _, value in interaction.request.headers.raw]
    assert values == ["REDACTED-EMAIL", "in REDACTED-ROOM"]


def test_a_query_rule_says_nothing_of_json() -> None:
    policy = policy_of(read_section(Settings, {"rules": [{"query": "id", "as": "session"}]}))
    body = b'{"id": "8eb6eaa9"}'
    interaction = recorded(Redaction(KEY, policy), Request("GET", "/x?id=1"), Response(200, body=body))
    assert (untailed(interaction.request.target), interaction.response.body) == ("/x?id=REDACTED-SESSION", body)


@pytest.mark.parametrize("name", ["x-roku-reserved-anything", "X-Roku-Reserved-Roku-Connect-Token".lower(), "ap_99"])
def test_of_some_fields_only_the_beginning_is_known(name: str) -> None:
    assert Policy().header(name) == "token"
    assert Policy(headers={name: ""}).header(name) == ""


def test_names_are_in_lower_case_since_they_are_compared_so() -> None:
    assert all(name == name.lower() for name in (*HEADERS, *NAMES))
    assert Policy().header("accept") is None

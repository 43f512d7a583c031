"""An answer is read for its errors, its logouts and its denials, in whichever form it comes."""

from __future__ import annotations

import gzip
import json

import pytest

from gateway.core.adobe.answer import Answer
from gateway.core.adobe.errors import ApiError, read_error, read_xml_error
from gateway.core.adobe.logout import LogoutEntry, read_logouts
from tests.harness.for_each import for_each


def made(body: object, status: int = 200, content_type: str = "application/json", coding: str = "") -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, ((b"Content-Type", content_type.encode()), (b"Content-Encoding", coding.encode())), data)


@for_each(
    ("body", "error"),
    [
        (
            {"action": "none", "status": 400, "code": "invalid_parameter_mvpd"},
            ApiError("enhanced", "invalid_parameter_mvpd", "none", 400),
        ),
        ({"error": {"action": "none", "status": 400, "code": "x_y"}}, ApiError("enhanced", "x_y", "none", 400)),
        ({"status": "403", "code": "x_y"}, ApiError("enhanced", "x_y", "", 403)),
        ({"status": 403, "message": "User not Authenticated"}, ApiError("plain", "", "", 403)),
        ({"status": 403, "message": {}}, ApiError("plain", "", "", 403)),
        ({"error": "invalid_client"}, ApiError("registration", "invalid_client")),
        ({"error": "a sentence with a secret"}, ApiError("registration", "")),
        ({"code": "8BLW4RW", "sessionId": "x"}, None),
        ({"status": True, "code": "x_y"}, ApiError("enhanced", "x_y", "", None)),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_an_error_is_read_in_each_of_its_forms(body: object, error: ApiError | None) -> None:
    assert read_error(body) == error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<error><status>403</status><message>x</message></error>", ApiError("plain", "", "", 403)),
        ("<?xml?><error>\n<code>x_y</code><action>none</action></error>", ApiError("enhanced", "x_y", "none", None)),
        ("<error/>", None),
        ("<errors>", None),
    ],
)
def test_an_error_is_read_from_xml(text: str, error: ApiError | None) -> None:
    assert read_xml_error(text) == error
    assert made(text.encode(), 403, "application/xml").error == error


def test_logouts_are_read_and_what_is_missing_is_empty() -> None:
    entry = {"actionName": "logout", "actionType": "interactive", "mvpd": "a", "url": "/x"}
    assert read_logouts({"logouts": {"a": entry, "b": 7}}) == (
        LogoutEntry("a", "a", "logout", "interactive", "/x"),
        LogoutEntry("b", "", "", "", None),
    )
    bodies: list[object] = [{}, [], None, {"logouts": []}]
    assert [read_logouts(body) for body in bodies] == [None, None, None, None]


@for_each(
    ("body", "denied"),
    [
        ({"decisions": [{"authorized": True}]}, False),
        ({"decisions": [{"authorized": True}, {"authorized": False}]}, True),
        ({"decisions": [{"error": {"code": "authorization_denied_by_mvpd"}}]}, True),
        ({"resources": [{"authorized": False}]}, True),
        ({"decisions": {}}, False),
        ({"decisions": [7]}, False),
        ({"status": 403, "code": "authorization_denied_by_hba_policies", "action": "authentication"}, True),
        ({"status": 403, "code": "authenticated_profile_missing", "action": "authentication"}, False),
    ],
)
def test_a_denial_is_seen_wherever_it_stands(body: object, denied: bool) -> None:
    assert made(body).denied is denied


@for_each(
    ("body", "coding", "decoded"),
    [
        (b"{}", "", b"{}"),
        (gzip.compress(b"{}", mtime=0), "gzip", b"{}"),
        (b"x", "gzip", None),
        (b"x", "rot13", None),
        (gzip.compress(b" " * (1 << 20), mtime=0), "gzip", None),
        (b"", "gzip", b""),
    ],
)
def test_a_coding_is_undone_within_a_bound(body: bytes, coding: str, decoded: bytes | None) -> None:
    assert made(body, coding=coding).body == decoded


def test_a_body_that_was_not_seen_says_nothing() -> None:
    answer = Answer(200, (), None)
    assert (answer.json, answer.error, answer.logouts, answer.denied, answer.is_html) == (
        None,
        None,
        None,
        False,
        False,
    )

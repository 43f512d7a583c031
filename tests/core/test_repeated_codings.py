"""A body under two Content-Encoding fields is read by whoever reads a body: several fields are one list (RFC 9110 section 5.3)."""

from __future__ import annotations

import gzip

import brotli

from gateway.core.adobe.answer import Answer
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.rules.absolute_logout_url import AbsoluteLogoutUrl
from gateway.core.secrets.policy import Policy
from gateway.scrubbing.inspector import Inspector
from tests.conversation import conversation

FIELDS = Headers.of((("Content-Type", "application/json"), ("Content-Encoding", "gzip"), ("content-encoding", "br")))
LOGOUTS = b'{"logouts": {"Dish": {"actionName": "logout", "url": "/adobe-services/x"}}}'


def _coded(body: bytes) -> bytes:
    coded: bytes = brotli.compress(gzip.compress(body))
    return coded


def test_checks_read_it() -> None:
    answer = Answer(200, FIELDS.raw, _coded(LOGOUTS))
    assert answer.body == LOGOUTS
    assert answer.logouts


def test_a_rule_changes_it() -> None:
    talk = conversation(AbsoluteLogoutUrl(host="h.example"), Request("GET", "/api/v2/REF30/logout/Dish"))
    talk.sends("GET", "/api/v2/REF30/logout/Dish", answer=Response(200, headers=FIELDS, body=_coded(LOGOUTS)))
    reply = talk.replies(200)
    assert isinstance(reply.body, bytes)
    assert b'"https://h.example/adobe-services/x"' in reply.body
    assert "Content-Encoding" not in reply.headers


def test_the_inspector_looks_into_it() -> None:
    secret = b'{"access_token": "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA"}'
    interaction = Interaction("https://x", Request("POST", "/", FIELDS, _coded(secret)), Response(200), "")
    assert [leak.where for leak in Inspector(Policy()).found(interaction)] == ["request.body"]
